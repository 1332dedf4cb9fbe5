/** Key ids: `algorithm:version` (server-server API, "Publishing Keys"). Gatehouse verifies `ed25519` alone. */

declare const keyIdBrand: unique symbol;
/** Algorithm, a colon and a version; at most 255 characters. */
export type KeyId = string & { readonly [keyIdBrand]: true };

/**
 * @NOTE the text allows `[a-zA-Z0-9_]` in versions; ids seen in the wild hold other characters too, and Synapse takes
 * any, so the version is only bounded.
 */
export function parseKeyId(text: string): KeyId | undefined {
  const colon = text.indexOf(':');
  return colon > 0 && colon < text.length - 1 && text.length <= 255 && text.isWellFormed()
    ? (text as KeyId)
    : undefined;
}

/** What stands before the colon, e.g. `ed25519`. */
export function algorithmOf(keyId: KeyId): string {
  return keyId.slice(0, keyId.indexOf(':'));
}

/** The key id of every policy server's signature (server-server API, "Policy Servers"). */
export const POLICY_KEY_ID = 'ed25519:policy_server' as KeyId;
