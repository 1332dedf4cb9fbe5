/** Query parameters: read as text, checked as what they stand for. */
import type { EndpointRequest } from './endpoint.ts';
import { matrixError } from './errors.ts';

const INTEGER = /^\d{1,16}$/;

export function queryOf(request: EndpointRequest): URLSearchParams {
  const start = request.uri.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : request.uri.slice(start));
}

export function requiredQuery(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value === null || value === '') throw matrixError('M_MISSING_PARAM', 400, `${name} is missing.`);
  return value;
}

/** A number that is not negative; `undefined` where it is left out. */
export function integerQuery(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  if (!INTEGER.test(value)) throw matrixError('M_INVALID_PARAM', 400, `${name} is no integer.`);
  return Number(value);
}

export function booleanQuery(query: URLSearchParams, name: string): boolean {
  return query.get(name) === 'true';
}
