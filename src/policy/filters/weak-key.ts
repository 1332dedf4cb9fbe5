import * as z from 'zod';
import { decodePublicKey, verifyText } from '../../protocol/ed25519.ts';
import { signableText } from '../../protocol/events.ts';
import type { KeyId } from '../../protocol/ids/key-id.ts';
import { signaturesBy } from '../../protocol/signing.ts';
import { senderServer } from '../facts.ts';
import { defineFilter, matchOf, NO_MATCH } from './filter.ts';

interface WeakKey {
  readonly publicKey: Uint8Array;
  /** The ids under which servers have it; `undefined`: any. */
  readonly keyIds: ReadonlySet<string> | undefined;
  readonly note: string;
}

/** Keys whose secret half anybody can make, with the id that they have where they are used. */
const KNOWN: readonly { publicKey: string; keyId: string; note: string }[] = [
  {
    publicKey: 'l/O9hxMVKB6Lg+3Hqf0FQQZhVESQcMzbPN1Cz2nM3og',
    keyId: 'ed25519:0',
    note: 'the key that Element Server Suite made without randomness (GHSA-qwcj-h6m8-vp6q)',
  },
  {
    publicKey: 'XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI',
    keyId: 'ed25519:1',
    note: "the key of the specification's test vectors",
  },
  {
    publicKey: 'O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik',
    keyId: 'ed25519:0',
    note: 'the key whose seed is all zero',
  },
];

const settings = z.strictObject({
  any_key_id: z
    .boolean()
    .default(false)
    .describe(
      'Tries the known keys under whatever key id a server uses, not only under the one they are known by. Costs about 0.1 ms for each event.',
    ),
  public_keys: z
    .array(
      z.string().refine((text) => decodePublicKey(text) !== undefined, {
        error: 'expected an ed25519 public key of 32 bytes in base64',
      }),
    )
    .max(20)
    .default([])
    .describe('More keys that are known to be public, in base64; tried under every key id.'),
});

export const weakKey = defineFilter({
  name: 'weak_key',
  summary:
    "Events that the sender's server signed with a key whose secret is publicly known, so that anybody can forge them.",
  settings,
  needs: [],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: {},
    matches: {
      content: { msgtype: 'm.text', body: 'hello' },
      seed: { keyId: 'ed25519:1', seed: 'YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1' },
    },
    ignores: { content: { msgtype: 'm.text', body: 'hello' } },
  },
  compile: ({ any_key_id: anyKeyId, public_keys: more }) => {
    const keys: readonly WeakKey[] = [
      ...KNOWN.map(({ publicKey, keyId, note }) => weakKeyOf(publicKey, note, anyKeyId ? undefined : keyId)),
      ...more.map((publicKey) => weakKeyOf(publicKey, `the key ${publicKey}`, undefined)),
    ];
    return ({ pdu }) => {
      const server = senderServer(pdu);
      for (const [keyId, signature] of signaturesBy(pdu.raw, server)) {
        const used = keys.find((key) => mayBe(key, keyId) && verifyText(key.publicKey, signableText(pdu), signature));
        if (used === undefined) continue;
        return matchOf({
          path: `signatures.${escapeDots(server)}.${escapeDots(keyId)}`,
          note: `signed with ${used.note}`,
        });
      }
      return NO_MATCH;
    };
  },
});

function weakKeyOf(publicKey: string, note: string, keyId: string | undefined): WeakKey {
  const bytes = decodePublicKey(publicKey);
  if (bytes === undefined) throw new TypeError(`${publicKey} is no public key`);
  return { publicKey: bytes, keyIds: keyId === undefined ? undefined : new Set([keyId]), note };
}

function mayBe({ keyIds }: WeakKey, keyId: KeyId): boolean {
  return keyIds?.has(keyId) ?? true;
}

function escapeDots(key: string): string {
  return key.replace(/[\\.]/g, '\\$&');
}
