/**
 * Mounts endpoints: body, authentication, limits of the origin, handler, answer. Every answer is JSON, and everything
 * that is not served is a Matrix error (server-server API, "Unsupported endpoints").
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { readBody, readJsonObject } from './body.ts';
import type { Actor, AdminEndpoint } from './admin/admin-endpoint.ts';
import { IdempotentAnswers } from './admin/idempotent-answers.ts';
import { errorAnswer, type Answer, type Endpoint, type EndpointRequest, type SignedEndpoint } from './endpoint.ts';
import {
  limitExceeded,
  unauthorized,
  methodNotAllowed,
  toMatrixError,
  unrecognized,
  type MatrixError,
} from './errors.ts';
import type { OriginLimits } from './origin-limits.ts';
import { findServedPath, routerPath, servedPaths, type ServedPath } from './path-table.ts';
import type { AuthenticateRequest, HttpLog } from './ports.ts';
import { queryOf } from './query.ts';

export interface RouterOptions<Deps> {
  readonly endpoints: readonly (Endpoint<Deps> | AdminEndpoint<Deps>)[];
  readonly deps: Deps;
  readonly log: HttpLog;
  /** For `x-matrix` endpoints; without it they cannot be mounted. */
  readonly signed?: SignedAccess;
  /** For `admin` endpoints; without it they cannot be mounted. */
  readonly admit?: Admit;
}

/** Who asks, by the headers of the request; throws a Matrix error for those who may not ask at all. */
export type Admit = (headers: IncomingHttpHeaders) => Promise<Actor> | Actor;

export interface SignedAccess {
  readonly authenticate: AuthenticateRequest;
  readonly limits: OriginLimits;
}

export interface HttpApp {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** From now on every answer asks its connection to close. */
  readonly drain: () => void;
}

/** What one request needs to be answered; one object for the whole app. */
interface Context<Deps> {
  readonly deps: Deps;
  readonly log: HttpLog;
  readonly signed: SignedAccess | undefined;
  readonly admit: Admit | undefined;
  readonly idempotent: IdempotentAnswers;
  readonly paths: readonly ServedPath[];
  readonly state: { draining: boolean };
}

/** Ids are up to 255 bytes, each of which may be percent-encoded. */
const MAX_PARAM_LENGTH = 3 * 255;
const MAX_AUTHORIZATION_HEADERS = 8;

/** Client-server API, "Web Browser Clients": the recommended headers. */
const CORS_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
  'access-control-allow-headers': 'X-Requested-With, Content-Type, Authorization',
};
const NO_QUERY = {};

export async function createHttpApp<Deps>(options: RouterOptions<Deps>): Promise<HttpApp> {
  const { deps, log, endpoints, signed, admit } = options;
  const state = { draining: false };
  const idempotent = new IdempotentAnswers();
  const context: Context<Deps> = { deps, log, signed, admit, idempotent, paths: servedPaths(endpoints), state };
  const app = fastify({
    logger: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH, querystringParser: () => NO_QUERY },
    frameworkErrors: (error, _request, reply) => fail(context, reply, error),
  });
  readRawBodies(app);
  app.addHook('onRequest', (request, reply, done) => {
    // The body of a request that nothing serves is not worth reading.
    if (request.is404) {
      refuse(context, request, reply);
      return;
    }
    // `Content-Type` is only a "should" of requests: whatever it says, the body is JSON.
    request.raw.headers['content-type'] = 'application/json';
    done();
  });
  app.setNotFoundHandler((request, reply) => refuse(context, request, reply));
  app.setErrorHandler((error, _request, reply) => fail(context, reply, error));
  for (const endpoint of endpoints) mount(app, context, endpoint);
  await app.ready();
  return {
    handle: (request, response) => app.routing(request, response),
    drain: () => {
      state.draining = true;
    },
  };
}

function readRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}

type Mounted<Deps> = Endpoint<Deps> | AdminEndpoint<Deps>;

function mount<Deps>(app: FastifyInstance, context: Context<Deps>, endpoint: Mounted<Deps>): void {
  if (endpoint.auth === 'x-matrix' && context.signed === undefined) {
    throw new Error(`${endpoint.path} takes signed requests, which this app cannot authenticate`);
  }
  if (endpoint.auth === 'admin' && context.admit === undefined) {
    throw new Error(`${endpoint.path} is for admins, whom this app cannot tell apart`);
  }
  app.route({
    method: endpoint.method,
    url: routerPath(endpoint.path),
    bodyLimit: Math.max(endpoint.bodyLimit, 1),
    onRequest: (request, reply, done) => {
      // Cheap and before the body is read: who does not even claim to have signed is turned away.
      const signed = endpoint.auth !== 'x-matrix' || request.raw.headers.authorization !== undefined;
      if (hasEmptyParam(paramsOf(request))) fail(context, reply, unrecognized());
      else if (signed) done();
      else fail(context, reply, unauthorized('The request has no Authorization header.'));
    },
    handler: (request, reply) => {
      void serve(context, endpoint, request, reply);
    },
  });
}

async function serve<Deps>(
  context: Context<Deps>,
  endpoint: Mounted<Deps>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  let answer: Answer;
  try {
    answer = await answerOf(context, endpoint, request);
  } catch (error) {
    const asker = endpoint.auth === 'admin' || endpoint.auth === 'owner' ? 'operator' : 'outside';
    answer = errorAnswer(logged(context, toMatrixError(error, asker)));
  }
  write(context, reply, answer, endpoint.cors === true);
}

async function answerOf<Deps>(
  context: Context<Deps>,
  endpoint: Mounted<Deps>,
  request: FastifyRequest,
): Promise<Answer> {
  switch (endpoint.auth) {
    case 'x-matrix':
      return await answerSigned(context, endpoint, request);
    case 'admin':
      return await answerAdmin(context, endpoint, request);
    default:
      return await endpoint.handler(plainRequest(request), context.deps);
  }
}

async function answerAdmin<Deps>(
  context: Context<Deps>,
  endpoint: AdminEndpoint<Deps>,
  request: FastifyRequest,
): Promise<Answer> {
  if (context.admit === undefined) throw new Error('admins cannot be told apart here');
  const { headers } = request.raw;
  const actor = await context.admit(headers);
  const plain = plainRequest(request);
  const ifMatch = headers['if-match']?.replace(/^(?:W\/)?"(.*)"$/, '$1');
  const { method } = endpoint;
  return await context.idempotent.once(
    { actor, key: headers['idempotency-key'], method, uri: plain.uri, body: request.body },
    () => endpoint.handler({ ...plain, query: queryOf(plain), actor, ifMatch }, context.deps),
  );
}

async function answerSigned<Deps>(
  context: Context<Deps>,
  endpoint: SignedEndpoint<Deps>,
  request: FastifyRequest,
): Promise<Answer> {
  if (context.signed === undefined) throw new Error('signed requests cannot be authenticated here');
  const { authenticate, limits } = context.signed;
  const body = readBody(request.body);
  const uri = request.raw.url ?? '';
  const authentication = await authenticate({
    method: request.method,
    uri,
    authorizationHeaders: authorizationHeaders(request.raw.rawHeaders),
    content: body?.content,
  });
  if (!authentication.ok) throw unauthorized(authentication.reason.detail);
  const { origin } = authentication;
  const admission = limits.enter(origin);
  if (!admission.ok) throw limitExceeded(admission.retryAfterMs, endpoint.limitedAs ?? 'M_LIMIT_EXCEEDED');
  try {
    const params = paramsOf(request);
    const { value, content } = body ?? {};
    return await endpoint.handler({ uri, params, body: value, content, origin }, context.deps);
  } finally {
    limits.leave(admission.visitor);
  }
}

function plainRequest(request: FastifyRequest): EndpointRequest {
  return { uri: request.raw.url ?? '', params: paramsOf(request), body: readJsonObject(request.body) };
}

function paramsOf(request: FastifyRequest): Readonly<Record<string, string>> {
  return request.params as Record<string, string>;
}

/** The router takes `/send/` for `/send/{txnId}`. */
function hasEmptyParam(params: Readonly<Record<string, string>>): boolean {
  for (const name in params) {
    if (params[name] === '') return true;
  }
  return false;
}

/** Node's own `headers.authorization` keeps only the first of several; servers send one for each signing key. */
function authorizationHeaders(rawHeaders: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length && found.length < MAX_AUTHORIZATION_HEADERS; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length === 13 && name.toLowerCase() === 'authorization') found.push(rawHeaders[i + 1] ?? '');
  }
  return found;
}

/** 404, or 405 where the path is served with other methods; preflight where web pages may ask. */
function refuse<Deps>(context: Context<Deps>, request: FastifyRequest, reply: FastifyReply): void {
  const served = findServedPath(context.paths, request.raw.url ?? '');
  if (served === undefined) fail(context, reply, unrecognized());
  else if (served.cors && request.method === 'OPTIONS') write(context, reply, { status: 204, body: '' }, true);
  else write(context, reply, errorAnswer(methodNotAllowed(served.methods.join(', '))), served.cors);
}

function fail<Deps>(context: Context<Deps>, reply: FastifyReply, error: unknown): void {
  write(context, reply, errorAnswer(logged(context, toMatrixError(error))), false);
}

function logged<Deps>(context: Context<Deps>, error: MatrixError): MatrixError {
  if (error.status === 500 || error.cause !== undefined) {
    context.log.error({ err: error.cause ?? error }, 'a request failed');
  }
  return error;
}

/** Written to the socket as it is: the text is ready, and serialisation has nothing to add. */
function write<Deps>(context: Context<Deps>, reply: FastifyReply, answer: Answer, cors: boolean): void {
  reply.hijack();
  const { raw } = reply;
  if (raw.headersSent || raw.destroyed) return;
  const headers: Record<string, string | number> = {};
  if (answer.status !== 204) {
    headers['content-type'] = 'application/json';
    headers['content-length'] = Buffer.byteLength(answer.body);
  }
  if (context.state.draining) headers['connection'] = 'close';
  if (cors) Object.assign(headers, CORS_HEADERS);
  if (answer.headers !== undefined) Object.assign(headers, answer.headers);
  raw.writeHead(answer.status, headers);
  raw.end(answer.body);
}
