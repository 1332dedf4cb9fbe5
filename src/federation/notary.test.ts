import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { keyDocument, keyIdOf, RecordingLog, serverNamed, testKey } from '../../tests/support/federation-fakes.ts';
import { parseServerKeys } from '../protocol/key-documents.ts';
import { own, type JsonObject } from '../protocol/json.ts';
import { signaturesBy } from '../protocol/signing.ts';
import { MemoryKeyDocumentStore } from '../storage/memory/key-documents.ts';
import { KeyDocuments } from './key-documents.ts';
import { createNotary } from './notary.ts';

const US = serverNamed('notary.example');
const OTHER = serverNamed('other.example');
const key = testKey('ed25519:notary', 5);
const otherKey = testKey('ed25519:a', 6);

/** A notary whose fetches find what is given, and count. */
function notary(fetchable?: JsonObject) {
  const log = new RecordingLog();
  const documents = new KeyDocuments(new MemoryKeyDocumentStore(), log);
  const fetches: (readonly unknown[])[] = [];
  const remember = async (document: JsonObject): Promise<void> => {
    const parsed = parseServerKeys(document, OTHER);
    assert.ok(parsed.ok);
    await documents.remember(parsed.keys, document);
  };
  const keyRing = {
    keysForAll: async (queries: ReadonlyMap<string, readonly unknown[]>) => {
      fetches.push([...queries.keys()]);
      if (fetchable !== undefined) await remember(fetchable);
      return new Map();
    },
  };
  const ownDocument = (): JsonObject => keyDocument(US, key, 9_000);
  const clock = new FakeClock(1_000);
  const ask = createNotary({ serverName: US, serverKey: () => key, ownDocument, documents, keyRing, clock });
  const askOne = async (minimumValidUntilTs?: number, keyIds = ['ed25519:a']): Promise<JsonObject | undefined> => {
    const [document] = await ask(new Map([[OTHER, { keyIds: keyIds.map(keyIdOf), minimumValidUntilTs }]]));
    return document;
  };
  return { ask, askOne, remember, fetches };
}

const validUntil = (document: JsonObject | undefined) => own(document ?? {}, 'valid_until_ts');

describe('being a notary', () => {
  it('fetches a document, signs it too, and keeps it', async () => {
    const { askOne, fetches } = notary(keyDocument(OTHER, otherKey, 5_000));
    const document = await askOne();
    assert.ok(document !== undefined);
    assert.equal(signaturesBy(document, US).size, 1);
    assert.ok(parseServerKeys(document, OTHER).ok);
    await askOne(5_000);
    assert.equal(fetches.length, 1);
  });

  it('asks again for what is not valid for long enough, or for other keys', async () => {
    const { askOne, remember, fetches } = notary();
    await remember(keyDocument(OTHER, otherKey, 5_000));
    assert.equal(validUntil(await askOne(5_001)), 5_000);
    assert.equal(fetches.length, 1);
    await askOne(1, ['ed25519:other']);
    assert.equal(fetches.length, 2);
  });

  it('gives an old document rather than none', async () => {
    const { askOne, remember } = notary();
    assert.equal(await askOne(), undefined);
    await remember(keyDocument(OTHER, otherKey, 10));
    assert.equal(validUntil(await askOne()), 10);
  });

  it('does not let a worse document take the place of a good one', async () => {
    const { askOne, remember } = notary();
    await remember(keyDocument(OTHER, otherKey, 5_000));
    await remember(keyDocument(OTHER, otherKey, 4_000));
    assert.equal(validUntil(await askOne()), 5_000);
    await remember(keyDocument(OTHER, testKey('ed25519:a', 7), 6_000));
    assert.equal(validUntil(await askOne()), 5_000);
    await remember(keyDocument(OTHER, otherKey, 6_000));
    assert.equal(validUntil(await askOne()), 6_000);
  });

  it('answers about itself with its own document', async () => {
    const { ask, fetches } = notary();
    const [document] = await ask(new Map([[US, { keyIds: [], minimumValidUntilTs: undefined }]]));
    assert.deepEqual(document, keyDocument(US, key, 9_000));
    assert.equal(fetches.length, 0);
  });
});
