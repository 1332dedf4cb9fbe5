/** The OpenAPI 3.1 document of the admin API, made from its endpoints. */
import * as z from 'zod';
import type { AdminEndpoint } from './admin-endpoint.ts';

type Json = Readonly<Record<string, unknown>>;
type Described = Pick<AdminEndpoint<never>, 'method' | 'path' | 'admin'>;

export function describeApi(endpoints: readonly Described[], version: string): Json {
  const paths = Map.groupBy(endpoints, ({ path }) => path);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Gatehouse admin API',
      version,
      description: 'On the admin listener with a token, and on the control socket in the data folder for its owner.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: Object.fromEntries(
      [...paths].map(([path, group]) => [
        path,
        Object.fromEntries(group.map((endpoint) => [endpoint.method.toLowerCase(), operationOf(endpoint)])),
      ]),
    ),
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token made with `gatehouse tokens create`.' },
      },
      schemas: { Error: ERROR_SCHEMA },
    },
    security: [{ token: [] }],
  };
}

const ERROR_SCHEMA = {
  type: 'object',
  required: ['errcode', 'error'],
  properties: {
    errcode: { type: 'string', description: 'A code of the Matrix specification, or one of ours.' },
    error: { type: 'string', description: 'A sentence for people.' },
    errors: {
      type: 'array',
      description: 'Every mistake in what was sent.',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
  },
};

const IDEMPOTENCY_KEY = {
  ...{ name: 'Idempotency-Key', in: 'header', required: false },
  description: 'Sent twice with the same key within a day, the request is done once and answered the same twice.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

function operationOf({ method, path, admin }: Described): Json {
  const { summary, query, body, answer, access, isIdempotent } = admin;
  return {
    operationId: `${method.toLowerCase()}${path.replace(/^\/_gatehouse\/admin\/v1/, '').replace(/[^a-zA-Z0-9]+/g, '_')}`,
    summary,
    'x-access': access,
    'x-idempotent': isIdempotent,
    parameters: [...pathParameters(path), ...queryParameters(query), ...(method === 'POST' ? [IDEMPOTENCY_KEY] : [])],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: inputSchema(body) } } } }),
    responses: {
      200: { description: 'Done.', content: { 'application/json': { schema: outputSchema(answer) } } },
      201: { description: 'Made.', content: { 'application/json': { schema: outputSchema(answer) } } },
      default: {
        description: 'An error.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  };
}

function pathParameters(path: string): readonly Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true },
    schema: { type: 'string' },
  }));
}

function queryParameters(query: z.ZodType | undefined): readonly Json[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = inputSchema(query);
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: 'query', required: required.includes(name) },
    schema,
  }));
}

function inputSchema(schema: z.ZodType): z.core.JSONSchema.BaseSchema {
  return withoutDialect(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
}

function outputSchema(schema: z.ZodType): z.core.JSONSchema.BaseSchema {
  return withoutDialect(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }));
}

/** The document says once which dialect its schemas are of. */
function withoutDialect({ $schema: _dialect, ...schema }: z.core.JSONSchema.BaseSchema): z.core.JSONSchema.BaseSchema {
  return schema;
}
