/** What lists of 20,000 rules cost an event: `node_modules/.bin/node bench/policy-lists.ts`. Ratios count. */
import { signingKeyFromSeed, signText, verifyText } from '../src/protocol/ed25519.ts';
import { parseEventId } from '../src/protocol/ids/event-id.ts';
import { parseKeyId } from '../src/protocol/ids/key-id.ts';
import { parseUserId } from '../src/protocol/ids/user-id.ts';
import { bansOf, personOf } from '../src/policy/lists/effect.ts';
import { sha256 } from '../src/policy/lists/entity.ts';
import type { ListKind } from '../src/policy/lists/list-rule.ts';
import { ListMatcher } from '../src/policy/lists/matcher.ts';
import { listSubscription } from '../src/policy/lists/subscription.ts';
import { parseRoomId } from '../src/protocol/ids/room-id.ts';
import { defined } from './support/defined.ts';

const RULES = 20_000;
/** As lists in use are, with more globs than they have. */
const ENTITIES: readonly ((n: number) => readonly [ListKind, string])[] = [
  (n) => ['user', `@spammer${String(n)}:server${String(n % 900)}.example`],
  (n) => ['server', `bad${String(n)}.example`],
  (n) => ['user', sha256(`@hidden${String(n)}:example.org`)],
  (n) => ['user', `@*:evil${String(n)}.example`],
  (n) => ['user', `@raid-${String(n)}-*:*`],
  (n) => ['server', `*.evil${String(n)}.example`],
  (n) => ['user', `*buy${String(n)}now*`],
  (n) => ['user', `@?pam${String(n)}*:matrix.example`],
];
const eventId = defined(parseEventId('$rule'));
const list = { ...listSubscription.parse({ trust: 'enforce' }), list: defined(parseRoomId('!list:example.org')) };

function setRule(matcher: ListMatcher, n: number): void {
  const [kind, entity] = defined(ENTITIES[n % ENTITIES.length])(n);
  const hashed = /^[0-9a-f]{64}$/.test(entity) ? entity : undefined;
  const rule = {
    kind,
    entity,
    sha256: hashed,
    eventId,
    stateKey: String(n),
    recommendation: 'ban',
    reason: 'spam',
  } as const;
  matcher.set(kind, String(n), rule);
}

/** Microseconds of processor time each, after a warm-up. */
function measure(times: number, operation: (n: number) => unknown): number {
  for (let n = 0; n < times / 5; n += 1) operation(n);
  const start = process.cpuUsage();
  for (let n = 0; n < times; n += 1) operation(n);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / times;
}

const started = performance.now();
const memory = process.memoryUsage().heapUsed;
const matcher = new ListMatcher();
for (let n = 0; n < RULES; n += 1) setRule(matcher, n);
const compiledMs = performance.now() - started;
const bytes = (process.memoryUsage().heapUsed - memory) / RULES;

const lists = [{ subscription: list, matcher }];
const senders = Array.from({ length: 50_000 }, (_, n) =>
  defined(
    parseUserId(
      `@${['alice', 'bob-the-2nd', 'raid-kid', 'buy_the_new'][n % 4] ?? ''}${String(n)}:home${String(n % 300)}.example`,
    ),
  ),
);
const key = signingKeyFromSeed(defined(parseKeyId('ed25519:a_bcde')), Buffer.alloc(32, 7));
const text = 'x'.repeat(800);
const signature = signText(key, text);
const verify = measure(20_000, () => verifyText(key.publicKey, text, signature));
const results = new Map([
  ['a new sender', measure(50_000, (n) => bansOf(personOf(defined(senders[n % senders.length])), lists))],
  ['a sender who wrote before', measure(100_000, (n) => bansOf(personOf(defined(senders[n % 500])), lists))],
  [
    'one rule changed, and a sender',
    measure(2_000, (n) => (setRule(matcher, n), bansOf(personOf(defined(senders[n])), lists))),
  ],
]);
console.log(`${String(RULES)} rules compiled in ${compiledMs.toFixed(0)} ms, ${bytes.toFixed(0)} bytes each`);
console.log(`${'one ed25519 verification'.padEnd(32)}${verify.toFixed(2).padStart(8)} µs`);
for (const [name, cost] of results) {
  console.log(
    `${name.padEnd(32)}${cost.toFixed(2).padStart(8)} µs   ${((cost / verify) * 100).toFixed(1)} % of a verification`,
  );
}
