import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownRoomVersions, roomVersionRules, type RoomVersionRules } from './room-versions.ts';

/** One letter per version, 1–12: content/rooms of the specification, read column by column. */
const table: Readonly<
  Record<string, readonly [(rules: RoomVersionRules) => unknown, string, Readonly<Record<string, unknown>>]>
> = {
  stable: [(rules) => rules.stable, 'yyyyyyyyyyyy', { y: true }],
  eventIdFormat: [
    (rules) => rules.eventIdFormat,
    'oosuuuuuuuuu',
    { o: 'opaque', s: 'hash-base64', u: 'hash-base64url' },
  ],
  eventReferences: [(rules) => rules.eventReferences, 'ppiiiiiiiiii', { p: 'pairs', i: 'ids' }],
  roomIdFormat: [(rules) => rules.roomIdFormat, 'dddddddddddh', { d: 'with-domain', h: 'create-event-hash' }],
  maxDepth: [(rules) => rules.maxDepth, 'bbbbbsssssss', { b: 2n ** 63n - 1n, s: 2n ** 53n - 1n }],
  strictCanonicalJson: [(rules) => rules.strictCanonicalJson, 'nnnnnyyyyyyy', { n: false, y: true }],
  enforceKeyValidity: [(rules) => rules.enforceKeyValidity, 'nnnnyyyyyyyy', { n: false, y: true }],
  redactsIn: [(rules) => rules.redactsIn, 'ttttttttttcc', { t: 'top-level', c: 'content' }],
  redactionsCheckedOnApplying: [(rules) => rules.redactionsCheckedOnApplying, 'nnyyyyyyyyyy', { n: false, y: true }],
  stateResolution: [(rules) => rules.stateResolution, '122222222223', { 1: 'v1', 2: 'v2', 3: 'v2.1' }],
  keepsLegacyTopLevel: [(rules) => rules.redaction.keepsLegacyTopLevel, 'yyyyyyyyyynn', { n: false, y: true }],
  keepsAliases: [(rules) => rules.redaction.keepsAliases, 'yyyyynnnnnnn', { n: false, y: true }],
  keepsJoinRuleAllow: [(rules) => rules.redaction.keepsJoinRuleAllow, 'nnnnnnnyyyyy', { n: false, y: true }],
  keepsJoinAuthorisedVia: [(rules) => rules.redaction.keepsJoinAuthorisedVia, 'nnnnnnnnyyyy', { n: false, y: true }],
  keepsThirdPartyInviteSigned: [
    (rules) => rules.redaction.keepsThirdPartyInviteSigned,
    'nnnnnnnnnnyy',
    { n: false, y: true },
  ],
  keepsCreateContent: [(rules) => rules.redaction.keepsCreateContent, 'nnnnnnnnnnyy', { n: false, y: true }],
  keepsInviteLevel: [(rules) => rules.redaction.keepsInviteLevel, 'nnnnnnnnnnyy', { n: false, y: true }],
  keepsRedacts: [(rules) => rules.redaction.keepsRedacts, 'nnnnnnnnnnyy', { n: false, y: true }],
  aliasesRule: [(rules) => rules.auth.aliasesRule, 'yyyyynnnnnnn', { n: false, y: true }],
  redactionRule: [(rules) => rules.auth.redactionRule, 'yynnnnnnnnnn', { n: false, y: true }],
  checksNotificationLevels: [(rules) => rules.auth.checksNotificationLevels, 'nnnnnyyyyyyy', { n: false, y: true }],
  knock: [(rules) => rules.auth.knock, 'nnnnnnyyyyyy', { n: false, y: true }],
  restrictedJoins: [(rules) => rules.auth.restrictedJoins, 'nnnnnnnyyyyy', { n: false, y: true }],
  knockRestricted: [(rules) => rules.auth.knockRestricted, 'nnnnnnnnnyyy', { n: false, y: true }],
  integerPowerLevels: [(rules) => rules.auth.integerPowerLevels, 'nnnnnnnnnyyy', { n: false, y: true }],
  creator: [(rules) => rules.auth.creator, 'ccccccccccss', { c: 'content', s: 'sender' }],
  privilegedCreators: [(rules) => rules.auth.privilegedCreators, 'nnnnnnnnnnny', { n: false, y: true }],
  roomIdIsCreateHash: [(rules) => rules.auth.roomIdIsCreateHash, 'nnnnnnnnnnny', { n: false, y: true }],
};

test('versions 1–12 are known, and nothing else', () => {
  assert.deepEqual(
    knownRoomVersions(),
    Array.from({ length: 12 }, (_, index) => String(index + 1)),
  );
  for (const version of ['', '0', '13', '01', '1 ', '__proto__', 'constructor', 'org.example']) {
    assert.equal(roomVersionRules(version), undefined);
  }
});

for (const [field, [read, letters, meaning]] of Object.entries(table)) {
  test(`${field} in every version`, () => {
    for (const [index, version] of knownRoomVersions().entries()) {
      assert.deepEqual(read(roomVersionRules(version)!), meaning[letters[index] ?? ''], `version ${version}`);
    }
  });
}

test('every field is in the table', () => {
  const { redaction, auth, ...rest } = roomVersionRules('12')!;
  const fields = [...Object.keys(redaction), ...Object.keys(auth), ...Object.keys(rest)];
  assert.deepEqual(fields.filter((field) => field !== 'version').sort(), Object.keys(table).sort());
});
