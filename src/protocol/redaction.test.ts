import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { signableTextOf } from './events.ts';
import { anyJson } from './json-arbitrary.test.ts';
import { withKeys, type JsonObject } from './json.ts';
import { redact } from './redaction.ts';
import { knownRoomVersions, roomVersionRules } from './room-versions.ts';

interface Vector {
  readonly room_version: string;
  readonly event: JsonObject;
  readonly redacted: JsonObject;
}
const path = new URL('../../vectors/redaction/by-version.json', import.meta.url);
const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vector[];

for (const { room_version: version, event, redacted } of vectors) {
  test(`version ${version}: ${JSON.stringify(event['type'])}`, () => {
    assert.deepEqual(redact(event, roomVersionRules(version)!.redaction), redacted);
  });
}

test('a third-party invite without `signed` stays as an empty object from version 11 on', () => {
  const event = { type: 'm.room.member', content: { membership: 'invite', third_party_invite: { display_name: 'd' } } };
  const content = (version: string) => redact(event, roomVersionRules(version)!.redaction)['content'];
  assert.deepEqual(content('10'), { membership: 'invite' });
  assert.deepEqual(content('11'), { membership: 'invite', third_party_invite: {} });
});

test('redaction is idempotent and changes nothing that is signed, in every version', () => {
  const types = ['m.room.member', 'm.room.create', 'm.room.power_levels', 'm.room.redaction', 'm.room.aliases', 'x'];
  const keys = ['membership', 'third_party_invite', 'users', 'creator', 'redacts', 'aliases', '__proto__', 'other'];
  const content = fc.dictionary(fc.constantFrom(...keys), anyJson);
  const extra = fc.dictionary(
    fc.constantFrom('origin', 'membership', 'unsigned', 'redacts', '__proto__', '0'),
    anyJson,
  );
  fc.assert(
    fc.property(fc.constantFrom(...types), content, extra, (type, kept, others) => {
      const event = withKeys(others, new Map<string, JsonObject | string>(Object.entries({ type, content: kept })));
      for (const version of knownRoomVersions()) {
        const rules = roomVersionRules(version)!;
        const once = redact(event, rules.redaction);
        assert.deepEqual(redact(once, rules.redaction), once);
        assert.equal(signableTextOf(once, rules), signableTextOf(event, rules));
      }
    }),
    { numRuns: 200 },
  );
});
