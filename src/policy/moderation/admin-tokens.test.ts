import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { MemoryAdminTokenStore } from '../../storage/memory/admin-tokens.ts';
import { AdminTokens, type NewToken } from './admin-tokens.ts';

const WANTED: NewToken = { name: 'bot', community: undefined, by: 'maria', expiresAt: undefined };

describe('admin tokens', () => {
  it('are told once, stored as a hash, and known again after a restart', async () => {
    const store = new MemoryAdminTokenStore();
    const clock = new FakeClock();
    const { token, text } = await new AdminTokens({ store, clock }).create(WANTED);
    assert.match(text, /^gatehouse_1_[\w-]{43}$/);
    assert.ok(!JSON.stringify(await store.all()).includes(text.slice('gatehouse_1_'.length)));
    const tokens = new AdminTokens({ store, clock });
    assert.equal(tokens.find(text), undefined);
    await tokens.load();
    assert.deepEqual(tokens.find(text), token);
  });

  it('are nothing but what was told', async () => {
    const clock = new FakeClock();
    const tokens = new AdminTokens({ store: new MemoryAdminTokenStore(), clock });
    const { text } = await tokens.create(WANTED);
    const { text: other } = await tokens.create(WANTED);
    const changed = text.endsWith('A') ? `${text.slice(0, -1)}B` : `${text.slice(0, -1)}A`;
    const swapped = `gatehouse_1_${other.slice('gatehouse_2_'.length)}`;
    for (const wrong of [
      '',
      'gatehouse',
      changed,
      swapped,
      `${text} `,
      text.toUpperCase(),
      'gatehouse_9_x',
      '\u0000',
    ]) {
      assert.equal(tokens.find(wrong), undefined, wrong);
    }
  });

  it('end when they are revoked, or by themselves', async () => {
    const clock = new FakeClock();
    const tokens = new AdminTokens({ store: new MemoryAdminTokenStore(), clock });
    const revoked = await tokens.create(WANTED);
    const short = await tokens.create({ ...WANTED, expiresAt: clock.now() + 1_000 });
    assert.equal(await tokens.revoke(revoked.token.id), true);
    assert.equal(await tokens.revoke(revoked.token.id), false);
    assert.equal(tokens.find(revoked.text), undefined);
    assert.notEqual(tokens.find(short.text), undefined);
    await clock.advance(1_000);
    assert.equal(tokens.find(short.text), undefined);
    assert.equal(tokens.all().length, 2);
  });
});
