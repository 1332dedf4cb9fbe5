/**
 * An endpoint of the admin API: one object with its schemas, from which requests are checked and the API's own
 * description is made. Keys on the wire are in snake_case.
 */
import type { ZodType } from 'zod';
import { errorsOfIssues, type SettingError } from '../../policy/settings/setting-error.ts';
import { isJsonArray, isJsonObject, NumberToken, type JsonObject, type JsonValue } from '../../protocol/json.ts';
import type { Answer, RouteDescription } from '../endpoint.ts';
import { matrixError } from '../errors.ts';

/** Who asks. On the owner's socket everybody is the owner of the instance. */
export interface Actor {
  /** For logs and revisions: the name of a token, or of the person at the command line. */
  readonly name: string;
  /** `undefined`: the whole instance; else the id of the one community that the actor looks after. */
  readonly community: string | undefined;
}

export interface AdminRequest<Query = unknown, Body = unknown> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly actor: Actor;
  /** The `If-Match` header without quotes: the revision that a change is based on. */
  readonly ifMatch: string | undefined;
}

export interface AdminAnswer<Body> {
  readonly body: Body;
  /** 201 for what was made; 200 else. */
  readonly status?: 200 | 201;
  /** Sent as `ETag`. */
  readonly revision?: string;
}

/** For people and for the generated description. */
export interface AdminDescription {
  readonly summary: string;
  readonly query?: ZodType;
  readonly body?: ZodType;
  readonly answer: ZodType;
  /** `instance`: for owners of the instance; `community`: also for those of the community that it is about. */
  readonly access: 'instance' | 'community';
  /** The same request twice has the effect of one. */
  readonly isIdempotent: boolean;
}

/** As the router has it: nothing is checked yet. */
export interface RawAdminRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: JsonObject | undefined;
  readonly actor: Actor;
  readonly ifMatch: string | undefined;
}

export interface AdminEndpoint<Deps> extends RouteDescription {
  readonly auth: 'admin';
  readonly admin: AdminDescription;
  readonly handler: (request: RawAdminRequest, deps: Deps) => Promise<Answer>;
}

interface Definition<Deps, Query, Body, AnswerBody> {
  readonly method: RouteDescription['method'];
  readonly path: RouteDescription['path'];
  readonly summary: string;
  /** Values of the query are text; unknown names are refused. */
  readonly query?: ZodType<Query>;
  readonly body?: ZodType<Body>;
  readonly answer: ZodType<AnswerBody>;
  readonly bodyLimit?: number;
  /**
   * The community that a request is about; those who look after another one are refused. Left out where the endpoint is
   * for owners of the instance alone, `'own'` where the handler itself shows each actor only what is theirs.
   */
  readonly communityOf?:
    'own' | ((request: AdminRequest<Query, Body>, deps: Deps) => Promise<string | undefined> | string | undefined);
  readonly handler: (
    request: AdminRequest<Query, Body>,
    deps: Deps,
  ) => Promise<AdminAnswer<AnswerBody>> | AdminAnswer<AnswerBody>;
}

const DEFAULT_BODY_LIMIT = 1024 * 1024;

export function defineAdminEndpoint<Deps, Query, Body, AnswerBody>(
  definition: Definition<Deps, Query, Body, AnswerBody>,
): AdminEndpoint<Deps> {
  const { method, path, summary, query, body, answer, communityOf, handler } = definition;
  return {
    method,
    path,
    auth: 'admin',
    bodyLimit: body === undefined ? 0 : (definition.bodyLimit ?? DEFAULT_BODY_LIMIT),
    admin: {
      ...{ summary, answer, access: communityOf === undefined ? 'instance' : 'community' },
      isIdempotent: method !== 'POST',
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body }),
    },
    handler: async (raw, deps) => {
      // Who may not ask is told so before being told what is wrong with the question.
      if (communityOf === undefined) requireInstance(raw.actor);
      const request = {
        ...raw,
        query: read(query, Object.fromEntries(raw.query), 'query') as Query,
        body: read(body, raw.body === undefined ? undefined : plainJson(raw.body), 'body') as Body,
      };
      if (typeof communityOf === 'function' && raw.actor.community !== undefined) {
        if ((await communityOf(request, deps)) !== raw.actor.community) throw notYours();
      }
      return jsonAnswer(await handler(request, deps));
    },
  };
}

function jsonAnswer({ body, status, revision }: AdminAnswer<unknown>): Answer {
  return {
    status: status ?? 200,
    body: JSON.stringify(body),
    ...(revision === undefined ? {} : { headers: { etag: `"${revision}"` } }),
  };
}

function requireInstance(actor: Actor): void {
  if (actor.community !== undefined) throw notYours();
}

function notYours(): Error {
  return matrixError('M_FORBIDDEN', 403, 'This token is not allowed to do that.');
}

function read(schema: ZodType | undefined, value: unknown, what: 'query' | 'body'): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(what, errorsOfIssues(result.error.issues, value, [], schema));
}

/** 400 with every mistake: `errors` is a list of `path` and `message`. */
export function invalid(what: string, errors: readonly SettingError[]): Error {
  const text = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  return matrixError('M_INVALID_PARAM', 400, `The ${what} cannot be used: ${text}`, {
    errors: errors.map(({ path, message }) => ({ path, message })),
  });
}

/** What JSON parsers usually give: numbers are numbers. */
export function plainJson(value: JsonValue): unknown {
  if (value instanceof NumberToken) return Number(value.text);
  if (isJsonArray(value)) return value.map(plainJson);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainJson(item)]));
}
