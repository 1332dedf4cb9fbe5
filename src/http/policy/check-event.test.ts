import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverNamed } from '../../../tests/support/federation-fakes.ts';
import { askSigned, startTestServer } from '../../../tests/support/http-app.ts';
import type { SignOutcome } from '../../policy/sign-outcome.ts';
import { parseEventId } from '../../protocol/ids/event-id.ts';

const BASE = '/_matrix/policy/unstable/org.matrix.msc4284/event';
const KNOWN = parseEventId('$known')!;

const recommendations: Readonly<Record<SignOutcome['type'], 'ok' | 'spam'>> = {
  signed: 'ok',
  refused: 'spam',
  malformed: 'spam',
  tooLarge: 'spam',
  untrusted: 'spam',
  unknownRoom: 'ok',
  deniedByAcl: 'ok',
  busy: 'ok',
};

const outcomes: readonly SignOutcome[] = [
  { type: 'signed', signature: 'c2ln' },
  { type: 'refused', message: 'No.', harms: [], reference: 'X' },
  { type: 'malformed', detail: '' },
  { type: 'tooLarge', detail: '' },
  { type: 'untrusted', detail: '' },
  { type: 'unknownRoom' },
  { type: 'deniedByAcl', serverName: serverNamed('banned.test') },
  { type: 'busy', detail: '' },
];

for (const outcome of outcomes) {
  test(`an event that comes out as ${outcome.type} is ${recommendations[outcome.type]}`, async () => {
    await using server = await startTestServer({
      deps: { signEvent: () => Promise.resolve(outcome), eventIdOf: () => Promise.resolve(KNOWN) },
    });
    const reply = await askSigned(server, 'POST', `${BASE}/%24known/check`, '{"type":"m.room.message"}');
    assert.deepEqual([reply.status, reply.body], [200, { recommendation: recommendations[outcome.type] }]);
    const other = await askSigned(server, 'POST', `${BASE}/%24other/check`, '{"type":"m.room.message"}');
    assert.deepEqual(other.body, { recommendation: 'spam' }, 'the event has another id');
  });
}

test('without the event the stored verdict answers, and what is not known is ok', async () => {
  await using server = await startTestServer({
    deps: { decisionOn: (eventId) => Promise.resolve(eventId === KNOWN ? 'refuse' : undefined) },
  });
  for (const body of [undefined, '{}']) {
    assert.deepEqual((await askSigned(server, 'POST', `${BASE}/$known/check`, body)).body, { recommendation: 'spam' });
    assert.deepEqual((await askSigned(server, 'POST', `${BASE}/$new/check`, body)).body, { recommendation: 'ok' });
  }
  assert.deepEqual((await askSigned(server, 'POST', `${BASE}/no-id/check`)).body, { recommendation: 'spam' });
});
