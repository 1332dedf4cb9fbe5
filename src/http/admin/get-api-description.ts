/** `GET /_gatehouse/admin/v1/openapi.json`: what the admin API can do, for programs. */
import { textAnswer, type OpenEndpoint } from '../endpoint.ts';

export interface DescriptionDeps {
  /** The OpenAPI document as JSON. */
  readonly apiDescription: string;
}

export const getApiDescription: OpenEndpoint<DescriptionDeps> = {
  method: 'GET',
  path: '/_gatehouse/admin/v1/openapi.json',
  auth: 'none',
  bodyLimit: 0,
  handler: (_request, { apiDescription }) => textAnswer(apiDescription),
};
