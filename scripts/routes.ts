// Prints every route that is served: method, path, who may ask.

import { allRoutes } from '../src/http/routes.ts';

const rows = allRoutes.map((route) => [route.method, route.path, route.auth] as const);
const width = Math.max(0, ...rows.map(([, path]) => path.length));
for (const [method, path, auth] of rows) console.log(`${method.padEnd(7)} ${path.padEnd(width)}  ${auth}`);
