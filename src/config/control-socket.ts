import path from 'node:path';

/** Where the commands find the running process. The folder around it (0700) keeps other users out. */
export function controlSocketPath(dataDir: string): string {
  return path.join(dataDir, 'control', 'gatehouse.sock');
}
