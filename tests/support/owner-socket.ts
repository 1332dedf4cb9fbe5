/** Asks a running server on the socket that only its owner can open. */
import { request } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { controlSocketPath } from '../../src/config/control-socket.ts';
import { isJsonObject, parseJson, type JsonObject } from '../../src/protocol/json.ts';
import type { Answer } from './fake-origin.ts';

export type OwnerMethod = 'GET' | 'POST' | 'PUT';

export async function askOwnerSocket(
  dataDir: string,
  method: OwnerMethod,
  endpoint: string,
  body?: JsonObject,
): Promise<Answer> {
  const outgoing = request({
    socketPath: controlSocketPath(dataDir),
    method,
    path: `/_gatehouse/admin/v1/${endpoint}`,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    agent: false,
  });
  return await new Promise<Answer>((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      readText(response).then((text) => {
        const parsed = parseJson(text);
        const value = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
        resolve({ status: response.statusCode ?? 0, text, body: value });
      }, reject);
    });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
