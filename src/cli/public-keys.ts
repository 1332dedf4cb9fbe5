/** The public keys of a server, asked for and printed. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readSecrets } from '../config/secrets.ts';
import { CommandFailure } from './command-io.ts';
import { publicKeys, type PublicKeysAnswer } from './owner-answers.ts';
import { askOwner, NotRunning } from './owner-client.ts';
import { table } from './table.ts';

/** From the running process, or from the key files where none runs. */
export async function currentKeys(dataDir: string): Promise<PublicKeysAnswer> {
  try {
    return await askOwner({ dataDir, method: 'GET', path: 'keys', answer: publicKeys });
  } catch (error) {
    if (!(error instanceof NotRunning)) throw error;
    return keysInFiles(dataDir);
  }
}

export async function rotateKeys(dataDir: string): Promise<PublicKeysAnswer> {
  return await askOwner({ dataDir, method: 'POST', path: 'keys/rotate-server-key', body: {}, answer: publicKeys });
}

export function describeKeys(keys: PublicKeysAnswer): string {
  const old = keys.old_server_keys.map((key) => {
    return [`server key until ${new Date(key.expired_ts).toISOString()}`, key.key_id, key.public_key];
  });
  return table(
    ['USE', 'KEY ID', 'PUBLIC KEY'],
    [
      ['server key', keys.server_key.key_id, keys.server_key.public_key],
      ['policy key', keys.policy_key.key_id, keys.policy_key.public_key],
      ...old,
    ],
  );
}

function keysInFiles(dataDir: string): PublicKeysAnswer {
  if (!existsSync(path.join(dataDir, 'server.key'))) {
    throw new CommandFailure(`there are no keys in ${dataDir}: the first gatehouse start makes them`);
  }
  const { serverKey, policyKey, oldServerKeys } = readSecrets(dataDir);
  return {
    server_key: { key_id: serverKey.keyId, public_key: serverKey.publicKeyText },
    policy_key: { key_id: policyKey.keyId, public_key: policyKey.publicKeyText },
    old_server_keys: oldServerKeys.map((key) => ({
      key_id: key.keyId,
      public_key: key.publicKeyText,
      expired_ts: key.expiredTs,
    })),
  };
}
