import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { debugCanonicalLine } from './debug-canonical.ts';
import { debugEventLine } from './debug-event.ts';
import { runJsonLines } from './json-lines.ts';

const event =
  '{"auth_events":[],"content":{"body":"x","n":[1.0,1e3,-0]},"depth":1,"hashes":{"sha256":"aaaa"},"origin_server_ts":1,"prev_events":[],' +
  '"room_id":"!r:x.org","sender":"@a:x.org","signatures":{},"type":"m.room.power_levels","users_default":1}';
const powerLevels = event.replace('"body":"x"', '"users":{"@a:x.org":1e2},"ban":50.0');

function answer(version: string, text: string): unknown {
  return JSON.parse(debugEventLine(`{"room_version":${JSON.stringify(version)},"event":${text}}`));
}

function errorOf(line: string): unknown {
  const parsed = JSON.parse(debugEventLine(line)) as { error?: unknown; detail?: unknown };
  assert.equal(typeof parsed.detail, 'string');
  return parsed.error;
}

test('numbers of old rooms print as they came', () => {
  const line = debugEventLine(`{"room_version":"5","event":${powerLevels}}`);
  assert.match(line, /"content":\{"ban":50\.0,"users":\{"@a:x\.org":1e2\}\}/);
  assert.match(line, new RegExp(`"canonical_size":${String(powerLevels.length)}`));
  assert.equal(errorOf(`{"room_version":"6","event":${powerLevels}}`), 'bad_json');
});

test('an event is described, without unsigned', () => {
  const plain = event.replace(',"n":[1.0,1e3,-0]', '').replace('{', '{"unsigned":{"age":1},');
  const described = answer('10', plain) as Record<string, unknown>;
  assert.deepEqual(Object.keys(described).sort(), ['canonical_size', 'content_hash', 'event_id', 'redacted']);
  assert.equal(described['content_hash'], 'mismatch');
  assert.equal(described['canonical_size'], plain.length);
  assert.ok(!('unsigned' in (described['redacted'] as object)));
});

test('errors are named', () => {
  for (const line of [
    '',
    'x',
    '5',
    '{}',
    '{"room_version":5}',
    '{"room_version":"1"}',
    '{"room_version":"10","event":[]}',
  ]) {
    assert.equal(errorOf(line), 'bad_json', line);
  }
  assert.equal(errorOf(`{"room_version":"99","event":${event}}`), 'unsupported_room_version');
  assert.equal(errorOf(`{"room_version":"__proto__","event":${event}}`), 'unsupported_room_version');
  assert.equal(
    errorOf(
      `{"room_version":"10","event":${event.replace('m.room.power_levels', 'x'.repeat(256)).replace(/,"n".*?\]/, '')}}`,
    ),
    'too_large',
  );
});

test('canonical JSON or an error', () => {
  assert.equal(debugCanonicalLine('{"b":1,"a":[ -0 ]}'), String.raw`{"canonical":"{\"a\":[0],\"b\":1}"}`);
  for (const line of ['', '{', '1.5', '[1e5]', '"\\ud800"', '9007199254740992', '['.repeat(100_000)]) {
    assert.match(debugCanonicalLine(line), /^\{"error":".+"\}$/, line.slice(0, 20));
  }
});

test('no line makes the commands throw or answer more than one line', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
      for (const line of [text, `{"room_version":"1","event":${text}}`]) {
        assert.ok(!debugEventLine(line).includes('\n'));
        assert.ok(!debugCanonicalLine(line).includes('\n'));
      }
    }),
    { numRuns: 500 },
  );
});

async function lines(chunks: readonly (string | Uint8Array)[], highWaterMark: number): Promise<string> {
  const input = new PassThrough();
  const written: Buffer[] = [];
  const output = new Writable({
    highWaterMark,
    write: (chunk: Buffer, _, done) => {
      written.push(chunk);
      setImmediate(done);
    },
  });
  for (const chunk of chunks) input.write(chunk);
  input.end();
  await runJsonLines(input, output, (text) => `<${text}>`);
  return Buffer.concat(written).toString();
}

test('lines end at \\n alone, keep their order, and may be cut anywhere', async () => {
  const text = 'a\u2028b\n\n  \r\n{"é":"😀"}\nlast';
  const expected = '<a\u2028b>\n<{"é":"😀"}>\n<last>\n';
  const bytes = Buffer.from(text);
  const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
  for (const chunks of [[text], [bytes], single]) assert.equal(await lines(chunks, 1), expected);
  assert.equal(await lines([`${'x'.repeat(2_000_000)}\ny\n`], 16), `<${'x'.repeat(2_000_000)}>\n<y>\n`);
  assert.equal(await lines([], 16), '');
});

test('a line that is no UTF-8 is answered as no JSON', async () => {
  assert.match(await lines([Uint8Array.of(0x22, 0xff, 0x22, 0x0a)], 16), /^<\ufffd/);
});
