import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { signingKeyFromSeed, verifyText } from './ed25519.ts';
import { parseKeyId } from './ids/key-id.ts';
import { parseServerName } from './ids/server-name.ts';
import { authorizeRequest, formatXMatrix, parseXMatrix, requestContent, requestText } from './x-matrix.ts';

const origin = parseServerName('origin.hs.example.com')!;
const destination = parseServerName('[::1]:8448')!;
const keyId = parseKeyId('ed25519:key1')!;
const credentials = { origin, destination, keyId, signature: 'ABCDEF+/==' };

const accepted: readonly string[] = [
  'X-Matrix origin="origin.hs.example.com",destination="[::1]:8448",key="ed25519:key1",sig="ABCDEF+/=="',
  'x-matrix   sig="ABCDEF+/==",key="ed25519:key1",destination="[::1]:8448",origin="origin.hs.example.com"',
  'X-MATRIX\tORIGIN=origin.hs.example.com,Destination=[::1]:8448,KEY=ed25519:key1,Sig=ABCDEF+/==',
  'X-Matrix origin=origin.hs.example.com \t,\t destination="[::1]:8448" , key=ed25519:key1,  sig="ABCDEF+/==" ',
  'X-Matrix origin = "origin.hs.example.com", destination="[::1]:8448", key="ed25519:key1", sig="ABCDEF+/=="',
  String.raw`X-Matrix origin="ori\gin.hs.example.com",destination="[::1]:8448",key="ed25519\:key1",sig="ABCDEF\+/=="`,
  'X-Matrix origin="origin.hs.example.com",destination="[::1]:8448",extra="a,\\"b=c\\"",key="ed25519:key1",x=y,sig="ABCDEF+/=="',
  'X-Matrix ,, origin="origin.hs.example.com",,destination="[::1]:8448", ,key="ed25519:key1",sig="ABCDEF+/==",',
];

for (const header of accepted) {
  test(`reads ${header}`, () => assert.deepEqual(parseXMatrix(header), { ok: true, credentials }));
}

const malformed: readonly string[] = [
  'X-Matrix',
  'X-Matrix ',
  'X-Matrix garbage',
  'X-Matrix origin',
  'X-Matrix origin=,key="ed25519:1",sig="a"',
  'X-Matrix origin="a",key="ed25519:1"',
  'X-Matrix origin="a",sig="a"',
  'X-Matrix key="ed25519:1",sig="a"',
  'X-Matrix origin="a b",key="ed25519:1",sig="a"',
  'X-Matrix origin="a",key="nocolon",sig="a"',
  'X-Matrix origin="a",destination="",key="ed25519:1",sig="a"',
  'X-Matrix origin="a",origin="a",key="ed25519:1",sig="a"',
  'X-Matrix origin="a",Origin="b",key="ed25519:1",sig="a"',
  'X-Matrix origin="a" key="ed25519:1" sig="a"',
  'X-Matrix origin="a,key="ed25519:1",sig="a"',
  'X-Matrix origin="a",key="ed25519:1",sig="a',
  'X-Matrix origin="a",key="ed25519:1",sig="a\\"',
  'X-Matrix or(igin="a",origin="a",key="ed25519:1",sig="a"',
];

for (const header of malformed) {
  test(`refuses ${header}`, () => assert.deepEqual(parseXMatrix(header), { ok: false, reason: 'malformed' }));
}

test('other schemes are told apart, and a missing destination is allowed', () => {
  for (const header of ['Bearer abc', 'X-MatrixFoo origin="a"', '', 'Basic X-Matrix']) {
    assert.deepEqual(parseXMatrix(header), { ok: false, reason: 'otherScheme' });
  }
  const result = parseXMatrix('X-Matrix origin="a",key="ed25519:1",sig=""');
  assert.ok(result.ok && result.credentials.destination === undefined);
});

test('what is written can be read', () => {
  const name = fc.stringMatching(/^[a-zA-Z0-9.-]{1,40}(:[0-9]{1,4})?$/);
  fc.assert(
    fc.property(name, fc.option(name), fc.stringMatching(/^[A-Za-z0-9+/]{0,86}$/), (from, to, signature) => {
      const target = to === null ? undefined : parseServerName(to)!;
      const written = { origin: parseServerName(from)!, destination: target, keyId, signature };
      assert.deepEqual(parseXMatrix(formatXMatrix(written)), { ok: true, credentials: written });
    }),
  );
});

test('any text is answered, and hostile text quickly', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseXMatrix(`X-Matrix ${text}`)));
  const size = 65_536;
  for (const part of ['a', ' ', ',', '\\', '"', 'a=', 'a="', 'a=b,', '\\"', 'a ', ' ,', '=', 'a="b",', '\t']) {
    for (const end of ['', '"', 'x', '\n', '=']) {
      const header = `X-Matrix a="${part.repeat(size / part.length)}${end}`;
      const bare = `X-Matrix ${part.repeat(size / part.length)}${end}`;
      const start = process.cpuUsage().user;
      parseXMatrix(header);
      parseXMatrix(bare);
      assert.ok(process.cpuUsage().user - start < 100_000, `${part} ${end}`);
    }
  }
});

test('a request is signed over method, uri, servers and content', () => {
  const key = signingKeyFromSeed(keyId, Buffer.alloc(32, 7));
  const request = {
    method: 'PUT',
    uri: '/_matrix/a?b=%20',
    origin,
    destination,
    content: requestContent({ b: 1, a: {} }),
  };
  const text =
    '{"content":{"a":{},"b":1},"destination":"[::1]:8448","method":"PUT","origin":"origin.hs.example.com","uri":"/_matrix/a?b=%20"}';
  assert.equal(requestText(request), text);
  assert.ok(!requestText({ ...request, content: undefined }).includes('content'));
  const parsed = parseXMatrix(authorizeRequest(request, key));
  assert.ok(parsed.ok && verifyText(key.publicKey, text, parsed.credentials.signature));
});
