/**
 * The two key pairs of a server and the server keys of its past, as files in the data folder:
 *
 *     server.key            signs requests, events and key documents; published in `/key/v2/server`
 *     policy.key            signs what the policy lets through; rooms name it in `m.room.policy`
 *     old-server-keys.json  earlier server keys, so that what they signed stays verifiable
 */
import { randomBytes, randomInt } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { decodePublicKey, SEED_BYTES, signingKeyFromSeed, type SigningKey } from '../protocol/ed25519.ts';
import { parseKeyId, POLICY_KEY_ID, type KeyId } from '../protocol/ids/key-id.ts';
import type { OldKey } from '../protocol/key-documents.ts';
import { fileSteps, writeDurably, type FileSteps } from './durable-file.ts';
import { formatKeyFile, parseKeyFile } from './key-file.ts';
import { StartError, systemCode } from './start-error.ts';

export interface Secrets {
  readonly serverKey: SigningKey;
  readonly policyKey: SigningKey;
  readonly oldServerKeys: readonly OldKey[];
  /** What was wrong and has been put right, in sentences. */
  readonly warnings: readonly string[];
}

const SERVER_KEY = 'server.key';
const POLICY_KEY = 'policy.key';
const OLD_KEYS = 'old-server-keys.json';
/** Made after the keys: a folder that has it has had keys. */
const DATABASE = 'gatehouse.db';

const VERSION_CHARACTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_';
const VERSION_LENGTH = 6;

const oldKeysFile = z.array(z.strictObject({ key_id: z.string(), public_key: z.string(), expired_ts: z.int() }));

/** Reads the keys, making them at the first start. Throws a `StartError` where that cannot be done rightly. */
export function loadOrCreateSecrets(dataDir: string, steps: FileSteps = fileSteps): Secrets {
  const warnings = openFolder(dataDir);
  const has = (name: string): boolean => existsSync(path.join(dataDir, name));
  const isFirstStart = !has(OLD_KEYS) && !has(DATABASE);
  // The policy key comes first: without it, a server key tells that one existed.
  if (!has(POLICY_KEY)) {
    if (has(SERVER_KEY) || !isFirstStart) throw missing(dataDir, POLICY_KEY);
    writeKey(dataDir, POLICY_KEY, newKey(POLICY_KEY_ID), steps);
  }
  if (!has(SERVER_KEY)) {
    if (!isFirstStart) throw missing(dataDir, SERVER_KEY);
    writeKey(dataDir, SERVER_KEY, newKey(newServerKeyId([])), steps);
  }
  const secrets = readSecrets(dataDir);
  return { ...secrets, warnings: [...warnings, ...secrets.warnings] };
}

/** Reads the keys and makes none. Modes that let others read are put right. Throws a `StartError`. */
export function readSecrets(dataDir: string): Secrets {
  const warnings: string[] = [];
  const policyKey = readKey(dataDir, POLICY_KEY, warnings);
  const serverKey = readKey(dataDir, SERVER_KEY, warnings);
  if (policyKey.keyId !== POLICY_KEY_ID) {
    throw damaged(path.join(dataDir, POLICY_KEY), `its key is not ${POLICY_KEY_ID}`);
  }
  if (serverKey.keyId === POLICY_KEY_ID) throw damaged(path.join(dataDir, SERVER_KEY), 'it holds a policy key');
  // A rotation that was cut short has written the current key down as an old one.
  const oldServerKeys = readOldKeys(dataDir).filter((old) => old.keyId !== serverKey.keyId);
  return { serverKey, policyKey, oldServerKeys, warnings };
}

/**
 * Replaces the server key by a new one; the present one becomes an old one that is good for what it signed before `now`
 * (milliseconds since 1970). Killed at any moment, it leaves the present key or the new one in force, and nothing else.
 */
export function rotateServerKey(dataDir: string, now: number, steps: FileSteps = fileSteps): Secrets {
  const { serverKey, oldServerKeys } = readSecrets(dataDir);
  const retired: OldKey = { keyId: serverKey.keyId, publicKeyText: serverKey.publicKeyText, expiredTs: now };
  const old = [...oldServerKeys, retired];
  const next = newKey(newServerKeyId(old.map((key) => key.keyId)));
  writeDurably(path.join(dataDir, OLD_KEYS), formatOldKeys(old), 0o600, steps);
  writeKey(dataDir, SERVER_KEY, next, steps);
  return readSecrets(dataDir);
}

function openFolder(dataDir: string): string[] {
  try {
    // Recursive creation never ends where the system refuses a folder with ENOENT, as below /proc.
    if (!existsSync(dataDir)) mkdirSync(dataDir, { recursive: !existsSync(path.dirname(dataDir)), mode: 0o700 });
    return closeToOthers(dataDir, 0o700);
  } catch (error) {
    throw new StartError(
      `cannot use the data folder ${dataDir} (${systemCode(error) ?? 'unknown error'}): ` +
        'choose another with data_dir, or give this user the right to write there',
      { cause: error },
    );
  }
}

/** Takes away the rights of other users. */
function closeToOthers(file: string, mode: number): string[] {
  if (process.platform === 'win32') return [];
  const found = statSync(file).mode & 0o777;
  if ((found & 0o077) === 0) return [];
  chmodSync(file, mode);
  return [`${file} was open to other users (mode ${found.toString(8)}); it is now ${mode.toString(8)}`];
}

function readKey(dataDir: string, name: string, warnings: string[]): SigningKey {
  const file = path.join(dataDir, name);
  const text = readText(file);
  if (text === undefined) throw missing(dataDir, name);
  const key = parseKeyFile(text);
  if (key === undefined) throw damaged(file, 'it is not one line "ed25519 VERSION SEED"');
  warnings.push(...closeToOthers(file, 0o600));
  return key;
}

function readOldKeys(dataDir: string): OldKey[] {
  const file = path.join(dataDir, OLD_KEYS);
  const text = readText(file);
  if (text === undefined) return [];
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw damaged(file, 'it is no JSON');
  }
  const entries = oldKeysFile.safeParse(content);
  if (!entries.success) throw damaged(file, 'it is not the list that Gatehouse writes');
  return entries.data.map((entry) => {
    const keyId = parseKeyId(entry.key_id);
    if (keyId === undefined || decodePublicKey(entry.public_key) === undefined) {
      throw damaged(file, 'a key in it is none');
    }
    return { keyId, publicKeyText: entry.public_key, expiredTs: entry.expired_ts };
  });
}

function formatOldKeys(keys: readonly OldKey[]): string {
  const entries: z.input<typeof oldKeysFile> = keys.map((key) => ({
    key_id: key.keyId,
    public_key: key.publicKeyText,
    expired_ts: key.expiredTs,
  }));
  return `${JSON.stringify(entries, undefined, 2)}\n`;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw new StartError(
      `cannot read ${file} (${systemCode(error) ?? 'unknown error'}): give this user the right to read it`,
      { cause: error },
    );
  }
}

function writeKey(dataDir: string, name: string, key: SigningKey, steps: FileSteps): void {
  writeDurably(path.join(dataDir, name), formatKeyFile(key), 0o600, steps);
}

function newKey(keyId: KeyId): SigningKey {
  return signingKeyFromSeed(keyId, randomBytes(SEED_BYTES));
}

function newServerKeyId(taken: readonly KeyId[]): KeyId {
  for (;;) {
    const characters = Array.from(
      { length: VERSION_LENGTH },
      () => VERSION_CHARACTERS[randomInt(VERSION_CHARACTERS.length)],
    );
    const keyId = parseKeyId(`ed25519:${characters.join('')}`);
    if (keyId !== undefined && keyId !== POLICY_KEY_ID && !taken.includes(keyId)) return keyId;
  }
}

function missing(dataDir: string, name: string): StartError {
  return new StartError(
    `${path.join(dataDir, name)} is missing although this folder has been in use: restore it from a backup ` +
      '(an empty data_dir starts a new server with new keys)',
  );
}

function damaged(file: string, why: string): StartError {
  return new StartError(`${file} is damaged, ${why}: restore it from a backup; it has not been changed`);
}
