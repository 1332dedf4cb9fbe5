import { Agent, request } from 'undici';
import type { JsonObject } from './matrix-client.ts';
import type { ProtocolOracle } from './python.ts';
import type { SigningKey } from './synapse-server.ts';

/** What another server answered, byte for byte. */
export interface FederationAnswer {
  status: number;
  text: string;
}

/** Makes a request in the name of a homeserver whose key the test knows; signedjson signs it. */
export async function requestAs(
  oracle: ProtocolOracle,
  key: SigningKey,
  target: { destination: string; method: 'GET' | 'POST' | 'PUT'; uri: string; content?: JsonObject },
): Promise<FederationAnswer> {
  const { destination, method, uri, content } = target;
  const unsigned = { method, uri, origin: key.serverName, destination, ...(content === undefined ? {} : { content }) };
  const signed = JSON.stringify((await oracle.sign(unsigned, key))['signatures']);
  const signature = /"([A-Za-z0-9+/]{80,})"/u.exec(signed)?.[1] ?? '';
  const credentials = `origin="${key.serverName}",destination="${destination}",key="${key.keyId}",sig="${signature}"`;
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  try {
    const response = await request(`https://${destination}${uri}`, {
      method,
      dispatcher,
      headers: { authorization: `X-Matrix ${credentials}`, 'content-type': 'application/json' },
      ...(content === undefined ? {} : { body: JSON.stringify(content) }),
    });
    return { status: response.statusCode, text: await response.body.text() };
  } finally {
    await dispatcher.close();
  }
}

/** Asks Gatehouse to sign an event, in the name of a homeserver. */
export async function askToSign(
  oracle: ProtocolOracle,
  key: SigningKey,
  destination: string,
  event: JsonObject,
): Promise<FederationAnswer> {
  const content = { ...event };
  delete content['unsigned'];
  return await requestAs(oracle, key, { destination, method: 'POST', uri: '/_matrix/policy/v1/sign', content });
}
