/** The whole state of a room as each server has it: `type|state key` → event id, in one order. */
import assert from 'node:assert/strict';
import { requestAs } from './federation-request.ts';
import { isObject, parseObject } from './matrix-client.ts';
import type { MatrixClient } from './matrix-client.ts';
import type { ProtocolOracle } from './python.ts';
import type { SigningKey } from './synapse-server.ts';

export type WholeState = Readonly<Record<string, string>>;

/** The current state, as a user's homeserver has it. */
export async function stateOfClient(user: MatrixClient, roomId: string): Promise<WholeState> {
  const response = await fetch(`${user.url}/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state`, {
    headers: { Authorization: `Bearer ${user.token}` },
  });
  const events: unknown = JSON.parse(await response.text());
  assert.ok(Array.isArray(events), JSON.stringify(events));
  return inOrder(
    events
      .filter(isObject)
      .map((event) => [`${String(event['type'])}|${String(event['state_key'])}`, String(event['event_id'])]),
  );
}

/** Ids of the state before an event, sorted, as a server gives it to another one. */
export async function stateIdsBefore(
  oracle: ProtocolOracle,
  asker: SigningKey,
  destination: string,
  { roomId, eventId }: { roomId: string; eventId: string },
): Promise<readonly string[]> {
  const uri = `/_matrix/federation/v1/state_ids/${encodeURIComponent(roomId)}?event_id=${encodeURIComponent(eventId)}`;
  const answer = await requestAs(oracle, asker, { destination, method: 'GET', uri });
  assert.equal(answer.status, 200, `${destination}: ${answer.text}`);
  const ids = parseObject(answer.text)['pdu_ids'];
  assert.ok(Array.isArray(ids), answer.text);
  return ids.map(String).sort();
}

function inOrder(entries: readonly [string, string][]): WholeState {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
