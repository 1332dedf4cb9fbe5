/** Requests on the socket that only the owner of a server can open. */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { controlSocketPath } from '../../src/config/control-socket.ts';
import { isJsonObject, parseJson, type JsonObject } from '../../src/protocol/json.ts';

export async function askOwnerOf(
  dataDir: string,
  method: 'GET' | 'POST',
  endpoint: string,
  body?: JsonObject,
): Promise<JsonObject> {
  const path = `/_gatehouse/admin/v1/${endpoint}`;
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const outgoing = request({ socketPath: controlSocketPath(dataDir), method, path, headers, agent: false });
  return await new Promise((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      text(response).then((answer) => {
        const parsed = parseJson(answer);
        if (response.statusCode === 200 && parsed.ok && isJsonObject(parsed.value)) resolve(parsed.value);
        else reject(new Error(`${path}: ${answer.slice(0, 500)}`));
      }, reject);
    });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
