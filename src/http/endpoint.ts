/** The shape of an endpoint, of what its handler is given and of what it answers. */
import { canonicalText } from '../protocol/canonical-json.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { JsonObject } from '../protocol/json.ts';
import { errorBody, matrixError, type MatrixError } from './errors.ts';

/** What can be said of an endpoint without a server: `npm run routes` prints these. */
export interface RouteDescription {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** As the specification writes it, parameters in braces. */
  readonly path: `/${string}`;
  /** `x-matrix`: signed by another server. `owner`: on the Unix socket alone. `admin`: there, or with a token. */
  readonly auth: 'none' | 'x-matrix' | 'owner' | 'admin';
  /** Largest body in bytes; larger ones are answered with 413. 0 where the endpoint takes none. */
  readonly bodyLimit: number;
  /** Answers web pages of any origin, preflight included (client-server API, "Web Browser Clients"). */
  readonly cors?: true;
  /** The code of the 429 for origins that flood, where it is not `M_LIMIT_EXCEEDED`. */
  readonly limitedAs?: 'M_RATE_LIMITED';
}

export interface EndpointRequest {
  /** Path and query exactly as sent. */
  readonly uri: string;
  /** Percent-decoded path parameters. */
  readonly params: Readonly<Record<string, string>>;
  /** `undefined` where the request has no body. */
  readonly body: JsonObject | undefined;
}

export interface SignedRequest extends EndpointRequest {
  /** The server that signed the request. */
  readonly origin: ServerName;
  /** Canonical JSON of the body, which the signature covers; `undefined` where the request has no body. */
  readonly content: string | undefined;
}

export interface OpenEndpoint<Deps> extends RouteDescription {
  readonly auth: 'none' | 'owner';
  readonly handler: (request: EndpointRequest, deps: Deps) => Promise<Answer> | Answer;
}

export interface SignedEndpoint<Deps> extends RouteDescription {
  readonly auth: 'x-matrix';
  readonly handler: (request: SignedRequest, deps: Deps) => Promise<Answer> | Answer;
}

export type Endpoint<Deps> = OpenEndpoint<Deps> | SignedEndpoint<Deps>;

export interface Answer {
  readonly status: number;
  /** JSON text. */
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** 200 with JSON text that is ready. */
export function textAnswer(body: string): Answer {
  return { status: 200, body };
}

/** 200 with a Matrix document, which may hold number tokens of old events. */
export function documentAnswer(document: JsonObject): Answer {
  return { status: 200, body: canonicalText(document) };
}

/** 200 with a plain value of ours. */
export function valueAnswer(value: object): Answer {
  return { status: 200, body: JSON.stringify(value) };
}

export function errorAnswer(error: MatrixError): Answer {
  const headers: Record<string, string> = {};
  const retryAfterMs = error.extra['retry_after_ms'];
  if (typeof retryAfterMs === 'number') headers['retry-after'] = String(Math.ceil(retryAfterMs / 1000));
  if (error.allow !== undefined) headers['allow'] = error.allow;
  return { status: error.status, body: errorBody(error), headers };
}

export function pathParam(request: EndpointRequest, name: string): string {
  const value = request.params[name];
  if (value === undefined || value === '') throw matrixError('M_MISSING_PARAM', 400, `${name} is missing in the path.`);
  return value;
}

/** The body of an endpoint that cannot do without. */
export function requiredBody(request: EndpointRequest): JsonObject {
  if (request.body === undefined) throw matrixError('M_NOT_JSON', 400, 'The request has no body.');
  return request.body;
}
