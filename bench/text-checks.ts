/**
 * What the checks of text cost per event, beside one signature check: `node_modules/.bin/node bench/text-checks.ts`. Each
 * round reads the event anew, as it happens when it is judged: texts, normalised texts and all.
 */
import { checkOf, factsWith, messageOf, SIGNER } from '../tests/support/policy-events.ts';
import { confusables } from '../src/policy/filters/confusables.ts';
import { density } from '../src/policy/filters/density.ts';
import type { Check } from '../src/policy/filters/filter.ts';
import { invisibleCharacters } from '../src/policy/filters/invisible-characters.ts';
import { letterCase } from '../src/policy/filters/letter-case.ts';
import { padding } from '../src/policy/filters/padding.ts';
import { rawContent } from '../src/policy/filters/raw-content.ts';
import { regex } from '../src/policy/filters/regex.ts';
import { repeatedCharacters } from '../src/policy/filters/repeated-characters.ts';
import { scripts } from '../src/policy/filters/scripts.ts';
import { textLength } from '../src/policy/filters/text-length.ts';
import { words } from '../src/policy/filters/words.ts';
import { zalgo } from '../src/policy/filters/zalgo.ts';
import { EventReading } from '../src/policy/reading/event-reading.ts';
import { signText, verifyText } from '../src/protocol/ed25519.ts';
import type { Pdu } from '../src/protocol/events.ts';

const SECONDS_EACH = 0.3;
const listed = Array.from(
  { length: 200 },
  (_, i) => [`spam${i}`, `bad word ${i}`, `*scam${i}*`, `слово${i}`][i % 4] ?? '',
);
const expressions = Array.from({ length: 50 }, (_, i) => {
  const kinds = [
    'free\\s+money',
    'buy\\s+(?:cheap|now)\\s+pills',
    '(?:earn|make) \\$?\\d{3,}',
    't\\.me/\\w{5,}',
    'pump\\s*signals?',
  ];
  return `${kinds[i % 5] ?? ''} *${i}`;
});

const sentence =
  'Hello there, has anyone looked at the new release yet? I think the upgrade broke my bridge again, sorry';
const paragraph = `${sentence}. `.repeat(10);
const messages: Readonly<Record<string, Pdu>> = {
  'short, ASCII (100 characters)': messageOf({ body: sentence }),
  'with HTML, ASCII (2 × 1,000)': messageOf({ body: paragraph, formatted_body: `<p>${paragraph}</p>` }),
  'with emoji and accents (100)': messageOf({ body: `Übrigens 👍: ${sentence.slice(12)}` }),
  'in Russian (100)': messageOf({
    body: 'Всем привет, кто-нибудь уже смотрел новый выпуск? Кажется, обновление опять сломало мой мост. '.repeat(1),
  }),
  'in Japanese (100)': messageOf({
    body: '新しいリリースをもう試した人はいますか。アップデートでまたブリッジが壊れたようです。'.repeat(2),
  }),
  'largest, ASCII (60,000)': messageOf({ body: `${sentence} `.repeat(590) }),
};

const checks: Readonly<Record<string, Check>> = {
  '200 words': checkOf(words, { words: listed }),
  '50 regexes': checkOf(regex, { patterns: expressions }),
  '50 rules of 1 regex': together(expressions.map((pattern) => checkOf(regex, { patterns: [pattern] }))),
  'all others': together([
    checkOf(textLength, { more_than: 60_000 }),
    checkOf(density),
    checkOf(padding),
    checkOf(letterCase),
    checkOf(repeatedCharacters),
    checkOf(zalgo),
    checkOf(scripts, { mixed_words: 1, denied: ['Arabic'] }),
    checkOf(confusables),
    checkOf(invisibleCharacters),
    checkOf(rawContent, { contains: ['spammy'] }),
  ]),
};

function together(all: readonly Check[]): Check {
  return (event, facts) => {
    for (const check of all) check(event, facts);
    return { matched: 'no' };
  };
}

/** Microseconds of processor time each. */
function measure(operation: () => unknown): number {
  for (const until = performance.now() + 200; performance.now() < until;) operation();
  const start = process.cpuUsage();
  let count = 0;
  for (;;) {
    for (let index = 0; index < 10; index += 1) operation();
    count += 10;
    const { user, system } = process.cpuUsage(start);
    if (user + system > SECONDS_EACH * 1e6) return (user + system) / count;
  }
}

const signed = signText(SIGNER.key, 'x'.repeat(600));
const verification = measure(() => verifyText(SIGNER.key.publicKey, 'x'.repeat(600), signed));
const facts = factsWith();
console.log(`one ed25519 verification: ${verification.toFixed(1)} µs, Node ${process.version}\n`);
console.log(
  [
    'µs per event'.padEnd(32),
    ...Object.keys(checks).map((name) => name.padStart(20)),
    'all / verify'.padStart(14),
  ].join(''),
);
for (const [name, pdu] of Object.entries(messages)) {
  const costs = Object.values(checks).map((check) => measure(() => check(new EventReading(pdu), facts)));
  const all = together(Object.entries(checks).flatMap(([kind, check]) => (kind.startsWith('50 rules') ? [] : [check])));
  const ratio = measure(() => all(new EventReading(pdu), facts)) / verification;
  console.log(
    [name.padEnd(32), ...costs.map((cost) => cost.toFixed(1).padStart(20)), ratio.toFixed(2).padStart(14)].join(''),
  );
}
