/** `GET /_gatehouse/health`: the process is alive. */
import { textAnswer, type OpenEndpoint } from '../endpoint.ts';

export const getHealth: OpenEndpoint<unknown> = {
  method: 'GET',
  path: '/_gatehouse/health',
  auth: 'none',
  bodyLimit: 0,
  handler: () => textAnswer('{"status":"alive"}'),
};
