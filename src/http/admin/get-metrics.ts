/** `GET /metrics`: for Prometheus. No label names a room, a user or a server, so no token is asked for. */
import type { OpenEndpoint } from '../endpoint.ts';

export interface MetricsDeps {
  /** In Prometheus' text format. */
  readonly metricsText: () => Promise<string>;
}

export const getMetrics: OpenEndpoint<MetricsDeps> = {
  method: 'GET',
  path: '/metrics',
  auth: 'none',
  bodyLimit: 0,
  handler: async (_request, { metricsText }) => ({
    status: 200,
    body: await metricsText(),
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
  }),
};
