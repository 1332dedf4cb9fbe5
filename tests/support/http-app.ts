// A federation app with fakes for everything behind it, over a real loopback socket.

import { connect } from 'node:net';
import { createFederationApp, type FederationAppOptions } from '../../src/http/apps.ts';
import { openListeners, type Listeners } from '../../src/http/listener.ts';
import type { HttpLog } from '../../src/http/ports.ts';
import type { FederationDeps } from '../../src/http/routes.ts';
import { parseServerName, type ServerName } from '../../src/protocol/ids/server-name.ts';
import type { Outcome } from '../../src/rooms/resident/outcome.ts';
import type { Resident } from '../../src/rooms/resident/resident.ts';
import { makeUserId } from '../../src/protocol/ids/user-id.ts';

export function serverName(text: string): ServerName {
  const name = parseServerName(text);
  if (name === undefined) throw new Error(`${text} is no server name`);
  return name;
}

export const US = serverName('policy.test');
export const ASKER = serverName('asker.test');

/** Says yes to `Authorization: X-Matrix <origin>` and no to everything else. */
export const authenticateByName: FederationAppOptions['authenticate'] = (request) => {
  const origin = parseServerName(/^X-Matrix (\S+)$/.exec(request.authorizationHeaders[0] ?? '')?.[1] ?? '');
  if (origin === undefined) return Promise.resolve({ ok: false, reason: { type: 'malformed', detail: 'no X-Matrix' } });
  return Promise.resolve({ ok: true, origin });
};

/** A server that is in no room. */
const NOT_IN_ANY_ROOM = (): Promise<Outcome<never>> => Promise.resolve({ ok: false, refusal: { type: 'unknownRoom' } });

export const emptyResident: Resident = {
  makeJoin: NOT_IN_ANY_ROOM,
  makeLeave: NOT_IN_ANY_ROOM,
  makeKnock: NOT_IN_ANY_ROOM,
  sendJoin: NOT_IN_ANY_ROOM,
  sendLeave: NOT_IN_ANY_ROOM,
  sendKnock: NOT_IN_ANY_ROOM,
  stateAt: NOT_IN_ANY_ROOM,
  stateIdsAt: NOT_IN_ANY_ROOM,
  eventAuth: NOT_IN_ANY_ROOM,
  eventById: NOT_IN_ANY_ROOM,
  backfill: NOT_IN_ANY_ROOM,
  missingEvents: NOT_IN_ANY_ROOM,
  eventNear: NOT_IN_ANY_ROOM,
  resolveAlias: NOT_IN_ANY_ROOM,
  publicRooms: NOT_IN_ANY_ROOM,
  spaceHierarchy: NOT_IN_ANY_ROOM,
};

export function fakeDeps(changes: Partial<FederationDeps> = {}): FederationDeps {
  return {
    ...emptyResident,
    askNotary: () => Promise.resolve([]),
    now: () => 0,
    serverName: US,
    signEvent: () => Promise.resolve({ type: 'signed', signature: 'c2lnbmF0dXJl' }),
    decisionOn: () => Promise.resolve(undefined),
    eventIdOf: () => Promise.resolve(undefined),
    serverKeyDocument: () => ({ server_name: US, valid_until_ts: 1 }),
    delegatedTo: undefined,
    policyPublicKey: 'cHVibGlj',
    support: undefined,
    version: '0.1.0',
    receiveTransaction: () => Promise.resolve(new Map()),
    receiveInvite: (input) => Promise.resolve({ type: 'accepted', event: input.event }),
    botUserId: makeUserId('gatehouse', US)!,
    botDisplayName: 'Gatehouse',
    readiness: () => Promise.resolve({ storage: true, keys: true }),
    ...changes,
  };
}

export interface LoggedFailure {
  readonly details: object;
  readonly message: string;
}

export interface TestServer extends AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  readonly listeners: Listeners;
  readonly failures: readonly LoggedFailure[];
}

export interface TestServerOptions extends Partial<Omit<FederationAppOptions, 'deps'>> {
  readonly deps?: Partial<FederationDeps>;
  readonly http?: Parameters<typeof openListeners>[2];
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const failures: LoggedFailure[] = [];
  const remember = (details: object, message: string): void => void failures.push({ details, message });
  const log: HttpLog = { error: remember, warn: remember };
  const { deps, http, ...rest } = options;
  const clock = { now: () => 0 };
  const app = await createFederationApp({
    deps: fakeDeps(deps),
    authenticate: authenticateByName,
    clock,
    log,
    ...rest,
  });
  const listeners = await openListeners(app, [{ host: '127.0.0.1', port: 0 }], http);
  const port = listeners.addresses[0]!.port;
  return {
    origin: `http://127.0.0.1:${String(port)}`,
    port,
    listeners,
    failures,
    [Symbol.asyncDispose]: () => listeners.close(0),
  };
}

export interface JsonReply {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

export async function ask(server: TestServer, path: string, init: RequestInit = {}): Promise<JsonReply> {
  const response = await fetch(server.origin + path, init);
  const text = await response.text();
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, body, headers: response.headers };
}

/** A request that `ASKER` signed. */
export async function askSigned(
  server: TestServer,
  method: string,
  path: string,
  body?: string | Uint8Array<ArrayBuffer>,
): Promise<JsonReply> {
  const headers = { authorization: `X-Matrix ${ASKER}`, 'content-type': 'application/json' };
  return await ask(server, path, { method, headers, ...(body === undefined ? {} : { body }) });
}

/** Writes bytes as they are and gives what comes back until the other side closes. */
export async function sendRaw(port: number, bytes: string | Uint8Array): Promise<string> {
  return await new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
    socket.on('error', () => undefined).on('close', () => resolve(received));
  });
}
