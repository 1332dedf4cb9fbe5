/** What the users of a generated room do. */
import { signingKeyFromSeed } from '../../src/protocol/ed25519.ts';
import type { Pdu } from '../../src/protocol/events.ts';
import { parseKeyId } from '../../src/protocol/ids/key-id.ts';
import { parseServerName } from '../../src/protocol/ids/server-name.ts';
import {
  NumberToken,
  ownObject,
  ownString,
  withKeys,
  type JsonObject,
  type JsonValue,
} from '../../src/protocol/json.ts';
import type { RoomVersionRules } from '../../src/protocol/room-versions.ts';
import { signJson } from '../../src/protocol/signing.ts';
import type { Dice } from '../interop/support/dice.ts';

export interface Draft {
  readonly type: string;
  readonly stateKey: string | undefined;
  readonly sender: string;
  readonly content: JsonObject;
  readonly redacts?: string;
}

type State = (type: string, stateKey: string) => Pdu | undefined;

interface Scene {
  readonly dice: Dice;
  readonly rules: RoomVersionRules;
  readonly users: readonly string[];
  readonly state: State;
  readonly sender: string;
}

/** Something that one of the users tries in a state of the room; they mostly try what they may do. */
export function drawAction(dice: Dice, rules: RoomVersionRules, users: readonly string[], state: State): Draft {
  const joined = users.filter((user) => membershipOf(state, user) === 'join');
  const [founder = ''] = users;
  const sender = dice.chance(0.35)
    ? founder
    : joined.length > 0 && dice.chance(0.5)
      ? dice.one(joined)
      : dice.one(users);
  const scene: Scene = { dice, rules, users, state, sender };
  if (membershipOf(state, sender) !== 'join' && dice.chance(0.8)) return arrival(scene);
  return dice.one(ACTIONS)(scene);
}

function membershipOf(state: State, user: string): string | undefined {
  const found = state('m.room.member', user);
  return found === undefined ? undefined : ownString(found.content, 'membership');
}

function arrival(scene: Scene): Draft {
  const { dice, sender, rules } = scene;
  if (rules.auth.knock && dice.chance(0.2)) return member(scene, sender, { membership: 'knock' });
  if (dice.chance(0.1)) return member(scene, sender, { membership: 'leave' });
  return join(scene);
}

function join(scene: Scene): Draft {
  const { dice, users, sender, state } = scene;
  const joinRule = state('m.room.join_rules', '')?.content['join_rule'];
  const isRestricted = joinRule === 'restricted' || joinRule === 'knock_restricted';
  const authoriser = dice.chance(0.7) ? (users[0] ?? '') : dice.one(users);
  const via = dice.chance(isRestricted ? 0.9 : 0.1) ? { join_authorised_via_users_server: authoriser } : {};
  return member(scene, sender, { membership: 'join', ...via, displayname: `n${dice.below(1000)}` });
}

function member(scene: Scene, stateKey: string, content: JsonObject): Draft {
  return { type: 'm.room.member', stateKey, sender: scene.sender, content };
}

const ACTIONS: readonly ((scene: Scene) => Draft)[] = [
  join,
  (scene) => member(scene, target(scene), { membership: 'invite' }),
  (scene) => member(scene, target(scene), { membership: 'invite' }),
  (scene) => member(scene, target(scene), { membership: 'leave' }),
  (scene) => member(scene, target(scene), { membership: 'ban' }),
  (scene) => member(scene, scene.sender, { membership: 'leave' }),
  (scene) => member(scene, target(scene), { membership: scene.dice.one(['join', 'knock', 'unknown', 5]) }),
  (scene) => (scene.dice.chance(0.3) ? member(scene, target(scene), {}) : powerLevels(scene)),
  powerLevels,
  powerLevels,
  powerLevels,
  joinRules,
  joinRules,
  named,
  named,
  named,
  oddState,
  message,
  thirdPartyInvite,
  inviteFromThirdParty,
  inviteFromThirdParty,
];

/** @NOTE in rooms closed to other servers only local users: there Synapse departs from the text. */
function target({ dice, users, state }: Scene): string {
  const isClosed = state('m.room.create', '')?.content['m.federate'] === false;
  return dice.one(isClosed ? users.filter((user) => user.endsWith(':one.example')) : users);
}

const NO_LEVELS: JsonObject = {};

function powerLevels(scene: Scene): Draft {
  const { dice, users, rules, sender, state } = scene;
  const before = state('m.room.power_levels', '')?.content ?? NO_LEVELS;
  const changes = new Map<string, JsonValue | undefined>();
  if (dice.chance(0.7)) {
    const user = rules.auth.privilegedCreators && dice.chance(0.9) ? dice.one(users.slice(1)) : dice.one(users);
    changes.set('users', withKeys(ownObject(before, 'users') ?? {}, new Map([[user, levelOrGone(scene)]])));
  }
  if (dice.chance(0.3)) {
    const name = dice.one(['ban', 'kick', 'invite', 'redact', 'state_default', 'events_default', 'users_default']);
    changes.set(name, levelOrGone(scene));
  }
  if (dice.chance(0.3)) {
    const map = dice.one(['events', 'events', 'notifications']);
    const type = dice.one(['m.room.name', 'm.room.power_levels', 'm.room.member', '__proto__', 'room']);
    changes.set(map, withKeys(ownObject(before, map) ?? {}, new Map([[type, levelOrGone(scene)]])));
  }
  if (before !== NO_LEVELS && dice.chance(0.02)) {
    changes.set(dice.one(['users', 'events', 'notifications']), dice.one(['x', 7]));
  }
  return { type: 'm.room.power_levels', stateKey: '', sender, content: withKeys(before, changes) };
}

/** @NOTE the first power levels of a room hold levels only: Synapse fails on every event that rests on others. */
function levelOrGone({ dice, rules, state }: Scene): JsonValue | undefined {
  if (state('m.room.power_levels', '') === undefined) return dice.one([0, 50, 100]);
  if (dice.chance(0.15)) return undefined;
  if (dice.chance(0.05)) return dice.one([' 50 ', '0050', '+50', '-1', 'x', '', '5.5', null]);
  if (dice.chance(0.05) && !rules.strictCanonicalJson) {
    return new NumberToken(dice.one(['50.5', '10.0', '-0.5', '99.99']));
  }
  return dice.one([0, 0, 10, 25, 50, 50, 75, 100, 100, 101, -1]);
}

function joinRules({ dice, sender }: Scene): Draft {
  const rule = dice.one(['public', 'public', 'invite', 'knock', 'restricted', 'knock_restricted', 'private', 7]);
  const content: JsonObject = dice.chance(0.05) ? {} : { join_rule: rule };
  return { type: 'm.room.join_rules', stateKey: '', sender, content };
}

function named({ dice, sender }: Scene): Draft {
  const type = dice.one(['m.room.name', 'm.room.topic', 'm.room.history_visibility', 'org.example.state']);
  return { type, stateKey: '', sender, content: { value: dice.below(1000) } };
}

function oddState(scene: Scene): Draft {
  const { dice, sender } = scene;
  const [, server = ''] = /:(.*)/.exec(sender) ?? [];
  return dice.one<Draft>([
    { type: 'm.room.aliases', stateKey: dice.one([server, 'two.example', '']), sender, content: { aliases: [] } },
    { type: 'm.room.aliases', stateKey: undefined, sender, content: { aliases: [] } },
    { type: 'org.example.own', stateKey: dice.one([sender, target(scene), '@', '__proto__']), sender, content: {} },
    { type: 'm.room.power_levels', stateKey: 'other', sender, content: { users: { [sender]: 100 } } },
    { type: 'm.room.join_rules', stateKey: 'other', sender, content: { join_rule: 'public' } },
    { type: 'm.room.create', stateKey: '', sender, content: { creator: sender } },
    { type: 'm.room.member', stateKey: 'nobody', sender, content: { membership: 'ban' } },
    { type: 'm.room.member', stateKey: undefined, sender, content: { membership: 'join' } },
  ]);
}

function message({ dice, sender, rules }: Scene): Draft {
  const redacts = `$${dice.below(50)}:${dice.one(['one', 'two', 'three'])}.example`;
  if (dice.chance(0.5)) return { type: 'm.room.message', stateKey: undefined, sender, content: { body: 'hello' } };
  if (rules.redactsIn === 'top-level') {
    return { type: 'm.room.redaction', stateKey: undefined, sender, content: {}, redacts };
  }
  return { type: 'm.room.redaction', stateKey: undefined, sender, content: { redacts } };
}

const TOKENS = ['token', 'other', '__proto__'];
const keyId = parseKeyId('ed25519:1');
const identityServer = parseServerName('identity.example');
if (keyId === undefined || identityServer === undefined) throw new Error('unreachable: these are well-formed');
const KEYS = [1, 2].map((fill) => signingKeyFromSeed(keyId, new Uint8Array(32).fill(fill)));

function thirdPartyInvite({ dice, sender }: Scene): Draft {
  const keys = KEYS.map((key) => key.publicKeyText);
  const lists = dice.chance(0.5);
  const more: JsonObject = lists ? { public_keys: [{ public_key: dice.one(keys) }] } : {};
  const content: JsonObject = { public_key: dice.one(keys), ...more };
  return { type: 'm.room.third_party_invite', stateKey: dice.one(TOKENS), sender, content };
}

/** @NOTE with one signature at most: where there are several, Synapse departs from the text. */
function inviteFromThirdParty(scene: Scene): Draft {
  const { dice, state } = scene;
  const invited = target(scene);
  const token = TOKENS.find((name) => state('m.room.third_party_invite', name) !== undefined) ?? dice.one(TOKENS);
  const sender = dice.chance(0.8) ? (state('m.room.third_party_invite', token)?.sender ?? scene.sender) : scene.sender;
  const bare: JsonObject = { mxid: dice.chance(0.9) ? invited : target(scene), token };
  const signed =
    dice.chance(0.95) && identityServer !== undefined ? signJson(bare, identityServer, dice.one(KEYS)) : bare;
  const content: JsonObject = { membership: 'invite', third_party_invite: dice.chance(0.95) ? { signed } : {} };
  return { type: 'm.room.member', stateKey: invited, sender, content };
}
