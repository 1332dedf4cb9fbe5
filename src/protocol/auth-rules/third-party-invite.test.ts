import { describe } from 'node:test';
import { signingKeyFromSeed } from '../ed25519.ts';
import { parseKeyId } from '../ids/key-id.ts';
import { parseServerName } from '../ids/server-name.ts';
import type { JsonObject } from '../json.ts';
import { addSignature, signJson } from '../signing.ts';
import { ALICE, BOB, CAROL, MOD, ruleCase, type EventDraft, type RuleRoom } from '../../../tests/support/rule-room.ts';

const keyId = parseKeyId('ed25519:0')!;
const server = parseServerName('identity.example')!;
const [key, otherKey] = [1, 2].map((fill) => signingKeyFromSeed(keyId, new Uint8Array(32).fill(fill)));
const SIGNED: JsonObject = signJson({ mxid: CAROL, token: 'token' }, server, key!);

/** The rule by the last of its steps. */
function step(last: number): Record<string, string> {
  return { '1-5': `5.3.1.${last}`, '6-7': `4.3.1.${last}`, '8-11': `4.4.1.${last}`, '12': `5.4.1.${last}` };
}

const ALL = { '1-12': 'allowed' };

function invite(third_party_invite: JsonObject[string], sender = MOD): EventDraft {
  return { type: 'm.room.member', stateKey: CAROL, sender, content: { membership: 'invite', third_party_invite } };
}

function offer(room: RuleRoom, content: JsonObject = { public_key: key!.publicKeyText }): void {
  room.set('m.room.third_party_invite', 'token', MOD, content);
}

describe('invites from third-party ones', () => {
  ruleCase('signed by its key', ALL, (room) => {
    offer(room);
    return invite({ signed: SIGNED });
  });
  ruleCase('made by someone who has left, and who is not joined', ALL, (room) => {
    offer(room);
    room.member(MOD, 'leave');
    return invite({ signed: SIGNED });
  });
  ruleCase('signed by one of a list of keys', ALL, (room) => {
    const listed = [{ public_key: 'AAAA' }, 'none', {}, { public_key: key!.publicKeyText }];
    offer(room, { public_key: otherKey!.publicKeyText, public_keys: listed });
    return invite({ signed: SIGNED });
  });
  ruleCase('with a wrong signature besides the right one', ALL, (room) => {
    offer(room);
    const other = signJson({ mxid: CAROL, token: 'token' }, parseServerName('a.example')!, otherKey!);
    return invite({ signed: signJson(other, server, key!) });
  });
  ruleCase('of a banned user', step(1), (room) => {
    offer(room);
    room.member(CAROL, 'ban');
    return invite({ signed: SIGNED });
  });
  for (const content of [{}, null, 'x', { signed: 'x' }]) {
    ruleCase(`with ${JSON.stringify(content)}`, step(2), (room) => {
      offer(room);
      return invite(content);
    });
  }
  for (const missing of ['mxid', 'token']) {
    ruleCase(`without ${missing}`, step(3), (room) => {
      offer(room);
      return invite({ signed: { ...SIGNED, [missing]: 5 } });
    });
  }
  ruleCase('for another user', step(4), (room) => {
    offer(room);
    return invite({ signed: { ...SIGNED, mxid: BOB } });
  });
  ruleCase('with a token that the room does not know', step(5), () => invite({ signed: SIGNED }));
  ruleCase('sent by another than the one who made it', step(6), (room) => {
    offer(room);
    return invite({ signed: SIGNED }, ALICE);
  });
  ruleCase('signed by another key', step(8), (room) => {
    offer(room, { public_key: otherKey!.publicKeyText });
    return invite({ signed: SIGNED });
  });
  ruleCase('signed for something else', step(8), (room) => {
    offer(room);
    return invite({ signed: { ...SIGNED, more: 1 } });
  });
  for (const signatures of [undefined, 'x', { 'identity.example': 'x' }, { 'identity.example': { 'rsa:1': 'x' } }]) {
    ruleCase(`with the signatures ${JSON.stringify(signatures)}`, step(8), (room) => {
      offer(room);
      return invite({ signed: { ...SIGNED, signatures: signatures ?? null } });
    });
  }
  ruleCase('with more signatures than anyone looks at', step(8), (room) => {
    offer(room);
    let signed: JsonObject = { mxid: CAROL, token: 'token' };
    for (let count = 0; count < 257; count += 1) signed = addSignature(signed, `${count}.example`, 'ed25519:0', 'AAAA');
    return invite({ signed: signJson(signed, server, key!) });
  });
});
