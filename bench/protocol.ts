/** How fast the pure core is: `node_modules/.bin/node bench/protocol.ts`. Absolute numbers differ from machine to machine. */
import { canonicalJson } from '../src/protocol/canonical-json.ts';
import { signingKeyFromSeed, signText, verifyText } from '../src/protocol/ed25519.ts';
import { parsePdu, signableText } from '../src/protocol/events.ts';
import { checkContentHash } from '../src/protocol/hashes.ts';
import { parseKeyId } from '../src/protocol/ids/key-id.ts';
import { parseServerName } from '../src/protocol/ids/server-name.ts';
import { isJsonObject, parseJsonBytes } from '../src/protocol/json.ts';
import { roomVersionRules } from '../src/protocol/room-versions.ts';
import { hashAndSignEvent, signaturesBy } from '../src/protocol/signing.ts';

function defined<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the benchmark is set up wrongly');
  return value;
}

const rules = defined(roomVersionRules('11'));
const server = defined(parseServerName('example.org'));
const key = signingKeyFromSeed(defined(parseKeyId('ed25519:a_bcde')), Buffer.alloc(32, 7));
const draft = {
  type: 'm.room.message',
  sender: '@alice:example.org',
  room_id: '!aroomwithanid:example.org',
  content: {
    body: 'A message of some length. '.repeat(12),
    msgtype: 'm.text',
    'm.mentions': { user_ids: ['@bob:example.org'] },
  },
  depth: 12345,
  origin_server_ts: 1_760_000_000_000,
  prev_events: [`$${'p'.repeat(43)}`, `$${'q'.repeat(43)}`],
  auth_events: [`$${'a'.repeat(43)}`, `$${'b'.repeat(43)}`, `$${'c'.repeat(43)}`],
  unsigned: { age: 12 },
};
const bytes = Buffer.from(JSON.stringify(hashAndSignEvent(draft, rules, server, key)));
const received = parseJsonBytes(bytes);
if (!received.ok || !isJsonObject(received.value)) throw new Error('the event is an object');
const event = received.value;
const parsed = parsePdu(event, rules);
if (!parsed.ok) throw new Error(parsed.reason.detail);
const signable = signableText(parsed.pdu);
const signature = defined(signaturesBy(event, server).get(key.keyId));

const operations: Readonly<Record<string, () => boolean>> = {
  'JSON.parse alone': () => JSON.parse(bytes.toString()) !== null,
  parseJsonBytes: () => {
    const result = parseJsonBytes(bytes);
    return result.ok && isJsonObject(result.value);
  },
  'canonical JSON': () => canonicalJson(event, 'strict').ok,
  'parsePdu (with event id)': () => parsePdu(event, rules).ok,
  'content hash': () => checkContentHash(event) === 'match',
  'ed25519 verify': () => verifyText(key.publicKey, signable, signature),
  'ed25519 sign': () => signText(key, signable).length === 86,
};

const SECONDS_EACH = 1;

/** Operations per second of processor time, measured after a warm-up. */
function measure(operation: () => boolean): number {
  for (let index = 0; index < 3000; index += 1) if (!operation()) throw new Error('an operation failed');
  const start = process.cpuUsage();
  let count = 0;
  while (microsecondsSince(start) < SECONDS_EACH * 1e6) {
    for (let index = 0; index < 100; index += 1) operation();
    count += 100;
  }
  return (count * 1e6) / microsecondsSince(start);
}

function microsecondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

const rates = new Map(Object.entries(operations).map(([name, operation]) => [name, measure(operation)]));
const verifies = defined(rates.get('ed25519 verify'));
console.log(`event of ${String(bytes.length)} bytes, Node ${process.version}`);
for (const [name, rate] of rates) {
  const columns = [`${rate.toFixed(0)}/s`.padStart(12), `${(1e6 / rate).toFixed(2)} µs`.padStart(12)];
  console.log(`${name.padEnd(26)}${columns.join('')}   ${((verifies / rate) * 100).toFixed(1)} % of a verification`);
}
