import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalText } from '../../src/protocol/canonical-json.ts';
import { isJsonObject, parseJson } from '../../src/protocol/json.ts';
import { serverNamed } from '../support/federation-fakes.ts';
import { engines } from './support/engines.ts';

for (const engine of engines) {
  describe(`key documents in ${engine.name}`, () => {
    it('keeps the last one of each server, word for word', async (test) => {
      const { keyDocuments } = await engine.open(test);
      const [one, two] = [serverNamed('one.example'), serverNamed('two.example:8448')];
      assert.equal(await keyDocuments.keyDocument(one), undefined);
      const odd = parseJson('{"__proto__":{"é":1e3},"valid_until_ts":12345678901234567890,"10":1,"9":[]}');
      assert.ok(odd.ok && isJsonObject(odd.value));
      await keyDocuments.putKeyDocument(one, { valid_until_ts: 1 });
      await keyDocuments.putKeyDocument(two, { valid_until_ts: 2 });
      await keyDocuments.putKeyDocument(one, odd.value);
      assert.equal(canonicalText((await keyDocuments.keyDocument(one)) ?? {}), canonicalText(odd.value));
      assert.deepEqual(await keyDocuments.keyDocument(two), { valid_until_ts: 2 });
    });
  });
}
