/**
 * The control surface on a Unix socket that only the owner of the data folder can open: whoever can connect may do what
 * the commands do. The folder (0700) keeps others out before the socket's own mode (0600) is set.
 */
import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { controlSocketPath } from '../../config/control-socket.ts';
import { closeServer, HTTP_OPTIONS, listen, protect } from '../listener.ts';
import type { HttpApp } from '../router.ts';

export interface OwnerSocket {
  readonly path: string;
  readonly close: (graceMs?: number) => Promise<void>;
}

/** Shorter than every system's limit (104 on macOS, 108 on Linux, the end mark included). */
const MAX_SOCKET_PATH_BYTES = 100;
const DEFAULT_GRACE_MS = 10_000;

export async function openOwnerSocket(app: HttpApp, dataDir: string): Promise<OwnerSocket> {
  const path = controlSocketPath(dataDir);
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    throw new Error(
      `the path of the control socket is longer than ${String(MAX_SOCKET_PATH_BYTES)} bytes, which sockets do not allow: ` +
        `${path}; choose a shorter data_dir`,
    );
  }
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  await removeStaleSocket(path);
  const server = createServer(HTTP_OPTIONS);
  protect(server);
  server.on('request', app.handle);
  await listen(server, { path });
  await chmod(path, 0o600);
  return {
    path,
    close: async (graceMs = DEFAULT_GRACE_MS) => {
      app.drain();
      await closeServer(server, graceMs);
    },
  };
}

/** A killed process leaves its socket behind; that of a running one is not taken away from it. */
async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path} is in the way of the control socket, and is no socket`);
  if (await isAnswered(path)) throw new Error(`another process is running on this data folder: it answers at ${path}`);
  await rm(path, { force: true });
}

async function isAnswered(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path);
    const settle = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
