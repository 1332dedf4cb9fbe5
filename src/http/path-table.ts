/** Which methods a path is served with: what turns a 404 into a 405. Derived from the routes themselves. */
import type { RouteDescription } from './endpoint.ts';

export interface ServedPath {
  /** Between slashes; those in braces stand for anything but nothing. */
  readonly segments: readonly string[];
  readonly methods: readonly string[];
  readonly cors: boolean;
}

/** More than any path of ours has. */
const MAX_SEGMENTS = 20;

export function servedPaths(routes: readonly RouteDescription[]): readonly ServedPath[] {
  const byPath = Map.groupBy(routes, (route) => route.path);
  return [...byPath].map(([path, group]) => {
    const cors = group.some((route) => route.cors === true);
    const methods = group.flatMap((route) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]));
    return { segments: path.split('/'), methods: cors ? [...methods, 'OPTIONS'] : methods, cors };
  });
}

/** `target` is what the request line says: path and query. */
export function findServedPath(paths: readonly ServedPath[], target: string): ServedPath | undefined {
  const path = decodePath(target.split('?', 1)[0] ?? '');
  if (path === undefined) return undefined;
  const segments = path.split('/', MAX_SEGMENTS);
  return paths.find((served) => matches(served.segments, segments));
}

/** The path as the router takes it: `:name` for `{name}`. */
export function routerPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

function matches(served: readonly string[], asked: readonly string[]): boolean {
  if (served.length !== asked.length) return false;
  return served.every((segment, i) => (segment.startsWith('{') ? asked[i] !== '' : asked[i] === segment));
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURI(path);
  } catch {
    return undefined;
  }
}
