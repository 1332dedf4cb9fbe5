import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Verdict } from '../../../src/policy/verdict.ts';
import { parsePdu, type Pdu } from '../../../src/protocol/events.ts';
import { parseEventId, type EventId } from '../../../src/protocol/ids/event-id.ts';
import { parseRoomId, type RoomId } from '../../../src/protocol/ids/room-id.ts';
import { parseServerName, type ServerName } from '../../../src/protocol/ids/server-name.ts';
import { parseUserId } from '../../../src/protocol/ids/user-id.ts';
import { isJsonObject, parseJson } from '../../../src/protocol/json.ts';
import { roomVersionRules } from '../../../src/protocol/room-versions.ts';
import type { EventStatus, GraphChange, NewEvent, StateId } from '../../../src/rooms/graph/ports.ts';
import { EMPTY_STATE, StateTrees } from '../../../src/rooms/graph/state-trees.ts';
import type { RoomRecord } from '../../../src/rooms/ports.ts';

function present<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}

export const server: ServerName = present(parseServerName('example.org'));
export const roomId: RoomId = present(parseRoomId('!fnnmMHzRCoDDwBJnAP:matrix.example.org'));

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

export function sampleEventId(n: number | string): EventId {
  return present(parseEventId(`$${hash(`event ${n}`).toString('base64url')}`));
}

/** What is stored for the usual event: every third of them refused. */
export function sampleVerdict(n: number, changes: Partial<Verdict> = {}): Verdict {
  const digest = hash(`event ${n}`);
  const signature = unpadded(Buffer.concat([digest, digest]));
  const isRefused = n % 3 === 0;
  return {
    eventId: sampleEventId(n),
    referenceHash: unpadded(digest),
    revision: 1,
    roomId,
    roomVersion: '11',
    sender: present(parseUserId(`@user${n % 500}:example.org`)),
    type: 'm.room.message',
    reference: referenceOf(digest),
    decision: isRefused
      ? { outcome: 'refuse', message: 'Your message has a forbidden word.', harms: ['org.matrix.msc4456.spam'] }
      : { outcome: 'sign', signature, publicKey: 'pThu0ulN3eDT/pUZgjo9v2lKJ81ng1AVRpyvIkRvBfc' },
    decidedBy: isRefused ? 'words' : 'none',
    evidence: isRefused
      ? [{ path: 'content.body', span: { start: 4, end: 9 }, matched: 'Viagr', note: 'word "viagr*"' }]
      : [],
    flags: isRefused ? [{ rule: 'links', evidence: [{ path: 'content.body', note: 'a link', check: 'links' }] }] : [],
    shadow: n % 5 === 0 ? [{ rule: 'draft', action: 'refuse', evidence: [] }] : [],
    facts: { membership: 'join', powerLevel: 0, isModerator: false, displayName: `User ${n % 500}`, roomKnown: true },
    configuration: '5f4dcc3b5aa765d6',
    askedBy: server,
    decidedAt: 1_790_000_000_000 + n,
    ...changes,
  };
}

function referenceOf(digest: Buffer): string {
  const characters = Array.from(digest.subarray(0, 10), (byte) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[byte % 32]);
  return [characters.slice(0, 4), characters.slice(4, 8), characters.slice(8)].map((part) => part.join('')).join('-');
}

export function sampleRoom(changes: Partial<RoomRecord> = {}): RoomRecord {
  const via = [server, present(parseServerName('matrix.example.net:8448'))];
  return {
    roomId,
    roomVersion: '11',
    membership: 'joined',
    via,
    since: 1_790_000_000_000,
    historyFrontier: [],
    ...changes,
  };
}

/** A state event from JSON text, as the network would send it; `extra` is more text of its content. */
export function stateEvent(
  type: string,
  stateKey: string,
  extra = '"a":1',
  version = '11',
  room: string = roomId,
): Pdu {
  const text = `{"type":${JSON.stringify(type)},"state_key":${JSON.stringify(stateKey)},"room_id":${JSON.stringify(room)},
    "sender":"@alice:example.org","origin_server_ts":1790000000000,"depth":12,"prev_events":[],"auth_events":[],
    "hashes":{"sha256":"${unpadded(hash(extra))}"},"signatures":{},"content":{${extra}}}`;
  const parsed = parseJson(text);
  assert.ok(parsed.ok && isJsonObject(parsed.value), text);
  const result = parsePdu(
    parsed.value,
    present(roomVersionRules(version)),
    sampleEventId(`${type} ${stateKey} ${extra}`),
  );
  assert.ok(result.ok, text);
  return result.pdu;
}

/** An event as the graph gets it; those that have a place in the graph come with a state. */
export function graphEvent(pdu: Pdu, status: EventStatus = 'accepted', changes: Partial<NewEvent> = {}): NewEvent {
  const { eventId, raw, type, stateKey, sender, depth, originServerTs, prevEvents } = pdu;
  const hasPlace = status !== 'outlier' && status !== 'backfilled';
  return {
    ...{ eventId, raw, type, stateKey, sender, depth, originServerTs, prevEvents, status },
    isRejected: status === 'rejected',
    ...(hasPlace ? { stateBefore: EMPTY_STATE, stateAfter: EMPTY_STATE } : {}),
    receivedFrom: server,
    receivedAt: 1_790_000_000_001,
    ...changes,
  };
}

/** The `n`th message of a room. */
export function sampleMessage(n: number, room: RoomId = roomId): Pdu {
  return stateEvent('org.example.note', String(n), `"in":${JSON.stringify(room)}`, '11', room);
}

/** A join: members as outliers, then the event that is the only extremity; its state; the room's record. */
export function sampleJoin(count: number, generation: number, room: RoomId = roomId): GraphChange & { id: StateId } {
  const members = Array.from({ length: count }, (_, i) =>
    stateEvent(
      'm.room.member',
      `@member${i}:example.org`,
      `"membership":"join","displayname":"Member ${i}","generation":${generation}`,
      '11',
      room,
    ),
  );
  const last = stateEvent(
    'm.room.member',
    '@bot:example.org',
    `"membership":"join","generation":${generation}`,
    '11',
    room,
  );
  const entries = members.map(({ type, eventId, stateKey = '' }) => ({ type, stateKey, eventId }));
  const { id, nodes } = new StateTrees({ stateNodes: async () => new Map() }).build(entries);
  return {
    id,
    roomId: room,
    events: [
      ...members.map((pdu) => graphEvent(pdu, 'outlier')),
      graphEvent(last, 'accepted', { stateBefore: id, stateAfter: id }),
    ],
    stateNodes: nodes,
    heads: { extremities: [last.eventId], currentState: id },
    record: sampleRoom({ roomId: room, since: generation }),
  };
}
