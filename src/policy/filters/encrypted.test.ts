import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, eventOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { encrypted } from './encrypted.ts';

describe('encrypted', () => {
  it('matches encrypted events, whatever else they hold', () => {
    for (const content of [{}, { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'x' }]) {
      assert.equal(judge(checkOf(encrypted), eventOf({ type: 'm.room.encrypted', content })).matched, 'yes');
    }
  });

  it('ignores what only looks encrypted, and the setting of a room', () => {
    const setting = eventOf({
      type: 'm.room.encryption',
      stateKey: '',
      content: { algorithm: 'm.megolm.v1.aes-sha2' },
    });
    for (const pdu of [messageOf({ body: 'x', ciphertext: 'x' }), setting]) {
      assert.equal(judge(checkOf(encrypted), pdu).matched, 'no');
    }
  });
});
