import type { Dice } from './dice.ts';
import { anyEntries, anyNumber, anyText, anyValue, deepValue, list, object, text, token } from './json-generator.ts';
import type { Draft, Entry, Numbers } from './json-generator.ts';

export const roomVersions = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'] as const;

/** An event to be written as JSON, without `hashes`. */
export interface EventDraft {
  roomVersion: string;
  entries: Entry[];
  /** No number in it is one that the room version forbids. */
  valid: boolean;
}

const servers = [
  'example.org',
  'localhost:8448',
  'xn--bcher-kva.example',
  '10.0.0.1',
  '[2001:db8::1]:8448',
  'A.Example',
];
const localparts = ['alice', 'bob', '', 'a=2fb/c.d_e-f+1', 'Historical User', 'ünïcödé', '\u{1f600}', '__proto__', '0'];

/** Draws one event of any type. From version 6 on a few hold numbers that make them invalid. */
export function draftEvent(dice: Dice, roomVersion: string = dice.one(roomVersions)): EventDraft {
  const number = Number(roomVersion);
  const numbers: Numbers = number <= 5 || dice.chance(0.03) ? 'any' : 'safe';
  const sender = userId(dice);
  const [type, stateKey, content] = draftContent(dice, numbers, sender, number);
  const v12Create = number >= 12 && type === 'm.room.create';
  const entries: Entry[] = [
    ['type', text(type)],
    ['sender', text(sender)],
    ['content', content],
    ['depth', token(dice.one([0, 1, 7, 9007199254740991, dice.below(1_000_000)]))],
    ['origin_server_ts', token(dice.one([0, 1, 1_700_000_000_000, 9007199254740991, dice.below(2 ** 31)]))],
    ['prev_events', references(dice, number, 20)],
    ['auth_events', references(dice, number, 10)],
  ];
  if (!v12Create) entries.push(['room_id', text(roomId(dice, number))]);
  if (v12Create) entries.push(['state_key', text('')]);
  else if (stateKey !== undefined) entries.push(['state_key', text(stateKey)]);
  if (number <= 2) {
    entries.push(['event_id', text(`$${dice.one(['1', 'abc', 'ä', '__proto__'])}:${dice.one(servers)}`)]);
  }
  entries.push(...oddFields(dice, numbers, number, entries));
  return { roomVersion, entries, valid: number <= 5 || numbers === 'safe' };
}

/** Top-level fields that only some events have, those of old servers and unknown ones. */
function oddFields(dice: Dice, numbers: Numbers, version: number, taken: readonly Entry[]): Entry[] {
  const odd: Entry[] = [
    ['signatures', signatures(dice)],
    ['unsigned', object(anyEntries(dice, numbers, 1))],
    ['origin', text(dice.one(servers))],
    ['prev_state', list([])],
    ['membership', text(dice.one(['join', 'leave']))],
    ['redacts', text(eventId(dice, version))],
    ...anyEntries(dice, numbers, 1),
  ];
  const names = new Set(taken.map(([key]) => key));
  const chosen = new Map(odd.filter(([key]) => !names.has(key) && dice.chance(0.4)));
  return [...chosen];
}

function draftContent(
  dice: Dice,
  numbers: Numbers,
  sender: string,
  version: number,
): [type: string, stateKey: string | undefined, content: Draft] {
  const known = dice.one(stateContents)(dice, numbers, version);
  const extra = dice.chance(0.6) ? anyEntries(dice, numbers, 2) : [];
  const awkward: Entry[] = dice.chance(0.02) ? [['deep', deepValue(dice, 60)]] : [];
  // A field that its type expects may be missing or of another kind: nothing of that changes an event's identity.
  const fields = known.fields.flatMap(([key, value]): Entry[] => {
    if (dice.chance(0.08)) return [];
    return [[key, dice.chance(0.08) ? anyValue(dice, numbers, 1) : value]];
  });
  const content = object([...new Map([...extra, ...fields, ...awkward])]);
  const stateKey = known.stateKey === 'sender' ? sender : known.stateKey;
  return [known.type, stateKey, content];
}

interface KnownContent {
  type: string;
  stateKey?: string;
  fields: Entry[];
}

type ContentDraft = (dice: Dice, numbers: Numbers, version: number) => KnownContent;

const stateContents: readonly ContentDraft[] = [
  member,
  member,
  (dice, numbers, version) => ({
    type: 'm.room.create',
    stateKey: '',
    fields: [
      ['creator', text(userId(dice))],
      ['room_version', text(String(version))],
      ['m.federate', token(dice.one(['true', 'false']))],
      ['additional_creators', list([text(userId(dice))])],
      ['predecessor', object(anyEntries(dice, numbers, 1))],
    ],
  }),
  (dice, numbers) => ({ type: 'm.room.power_levels', stateKey: '', fields: powerLevels(dice, numbers) }),
  (dice) => ({
    type: 'm.room.join_rules',
    stateKey: '',
    fields: [
      ['join_rule', text(dice.one(['public', 'invite', 'knock', 'restricted', 'knock_restricted', 'private']))],
      ['allow', list([object([['type', text('m.room_membership')]])])],
    ],
  }),
  (dice, _numbers, version) => ({
    type: 'm.room.redaction',
    fields: [
      ['redacts', text(eventId(dice, version))],
      ['reason', text(anyText(dice))],
    ],
  }),
  (dice) => ({
    type: 'm.room.aliases',
    stateKey: dice.one(servers),
    fields: [['aliases', list([text(`#room:${dice.one(servers)}`)])]],
  }),
  (dice) => ({
    type: 'm.room.history_visibility',
    stateKey: '',
    fields: [['history_visibility', text(dice.one(['shared', 'invited', 'joined', 'world_readable']))]],
  }),
  (dice) => ({
    type: 'm.room.message',
    fields: [
      ['msgtype', text('m.text')],
      ['body', text(anyText(dice))],
    ],
  }),
  (dice) => ({ type: 'm.room.topic', stateKey: '', fields: [['topic', text(anyText(dice))]] }),
  (dice) => ({
    type: 'm.room.policy',
    stateKey: '',
    fields: [
      ['via', text(dice.one(servers))],
      ['public_keys', object([['ed25519', text('6yhHGKhCiXTSEN2ksjV7kX/N6rBQZ3Xb+M7LlC6NS+s')]])],
    ],
  }),
  (dice) => ({ type: dice.one(['com.example.event', '', '__proto__', 'ä', '\u{1f600}']), stateKey: '0', fields: [] }),
];

function member(dice: Dice, numbers: Numbers): KnownContent {
  const signed = object([
    ['mxid', text(userId(dice))],
    ['token', text(anyText(dice))],
    ['signatures', object(anyEntries(dice, numbers, 1))],
  ]);
  const thirdParty = dice.one([
    object([...anyEntries(dice, numbers, 1), ['signed', signed]]),
    object([['display_name', text(anyText(dice))]]),
    object([]),
  ]);
  return {
    type: 'm.room.member',
    stateKey: dice.chance(0.5) ? 'sender' : userId(dice),
    fields: [
      ['membership', text(dice.one(['join', 'leave', 'invite', 'ban', 'knock', 'unknown']))],
      ['displayname', text(anyText(dice))],
      ['reason', text(anyText(dice))],
      ...(dice.chance(0.3) ? [['join_authorised_via_users_server', text(userId(dice))] satisfies Entry] : []),
      ...(dice.chance(0.4) ? [['third_party_invite', thirdParty] satisfies Entry] : []),
    ],
  };
}

function powerLevels(dice: Dice, numbers: Numbers): Entry[] {
  const level = (): Draft => (dice.chance(0.2) ? text(dice.one([' 50 ', '0050', '+50'])) : anyNumber(dice, numbers));
  const levels = (names: readonly string[]): Draft =>
    object(names.filter(() => dice.chance(0.6)).map((name) => [name, level()]));
  return [
    ...['ban', 'events_default', 'kick', 'redact', 'state_default', 'users_default', 'invite'].map((name): Entry => [
      name,
      level(),
    ]),
    ['users', levels(['@alice:example.org', '@bob:localhost:8448', '__proto__', '0'])],
    ['events', levels(['m.room.name', 'm.room.policy', 'constructor', '\u{1f600}', '\uffff'])],
    ['notifications', levels(['room'])],
  ];
}

function userId(dice: Dice): string {
  return `@${dice.one(localparts)}:${dice.one(servers)}`;
}

function roomId(dice: Dice, version: number): string {
  return version >= 12 ? `!${hashId(dice, true)}` : `!${dice.one(['abc', 'ROOM', 'ä', 'x y'])}:${dice.one(servers)}`;
}

function eventId(dice: Dice, version: number): string {
  return version <= 2 ? `$${dice.below(1_000_000)}:${dice.one(servers)}` : `$${hashId(dice, version > 3)}`;
}

function hashId(dice: Dice, urlSafe: boolean): string {
  const bytes = Uint8Array.from({ length: 32 }, () => dice.below(256));
  return Buffer.from(bytes)
    .toString(urlSafe ? 'base64url' : 'base64')
    .replace(/=+$/u, '');
}

function references(dice: Dice, version: number, most: number): Draft {
  const count = dice.chance(0.05) ? most : dice.below(4);
  return list(
    Array.from({ length: count }, () => {
      const id = text(eventId(dice, version));
      return version <= 2 ? list([id, object([['sha256', text(hashId(dice, false))]])]) : id;
    }),
  );
}

function signatures(dice: Dice): Draft {
  const byServer = servers.filter(() => dice.chance(0.3));
  return object(byServer.map((server) => [server, object([['ed25519:a', text(hashId(dice, false))]])]));
}
