/** The keys of this server while it runs: what signs now, what is published, and rotation. */
import type { SigningKey } from '../protocol/ed25519.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import type { JsonObject } from '../protocol/json.ts';
import { makeServerKeys, parseServerKeys, type ServerKeys } from '../protocol/key-documents.ts';
import { rotateServerKey, type Secrets } from './secrets.ts';

/** How long servers may rely on the published document before they ask again. */
const VALIDITY_MS = 24 * 60 * 60 * 1000;
/** The document is signed anew this often, so that it always holds for most of a day. */
const RENEWAL_MS = 60 * 60 * 1000;

export interface OwnKeysOptions {
  readonly serverName: ServerName;
  readonly dataDir: string;
  readonly secrets: Secrets;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class OwnKeys {
  readonly #options: OwnKeysOptions;
  #secrets: Secrets;
  #published: { document: JsonObject; keys: ServerKeys; renewAt: number } | undefined;

  constructor(options: OwnKeysOptions) {
    this.#options = options;
    this.#secrets = options.secrets;
  }

  readonly serverKey = (): SigningKey => this.#secrets.serverKey;

  get policyKey(): SigningKey {
    return this.#secrets.policyKey;
  }

  /** `GET /_matrix/key/v2/server`: the server key and those before it; never the policy key. */
  document(): JsonObject {
    return this.#current().document;
  }

  /** Our own published keys as others see them. */
  keys(): ServerKeys {
    return this.#current().keys;
  }

  rotate(): void {
    this.#secrets = rotateServerKey(this.#options.dataDir, this.#options.now());
    this.#published = undefined;
  }

  publicKeys(): {
    serverKey: { keyId: string; publicKey: string };
    policyKey: { keyId: string; publicKey: string };
    oldServerKeys: readonly { keyId: string; publicKey: string; expiredTs: number }[];
  } {
    const { serverKey, policyKey, oldServerKeys } = this.#secrets;
    return {
      serverKey: { keyId: serverKey.keyId, publicKey: serverKey.publicKeyText },
      policyKey: { keyId: policyKey.keyId, publicKey: policyKey.publicKeyText },
      oldServerKeys: oldServerKeys.map((old) => ({
        keyId: old.keyId,
        publicKey: old.publicKeyText,
        expiredTs: old.expiredTs,
      })),
    };
  }

  #current(): { document: JsonObject; keys: ServerKeys } {
    const now = this.#options.now();
    if (this.#published === undefined || now >= this.#published.renewAt) {
      const { serverName } = this.#options;
      const { serverKey, oldServerKeys } = this.#secrets;
      const document = makeServerKeys(serverName, serverKey, oldServerKeys, now + VALIDITY_MS);
      const parsed = parseServerKeys(document, serverName);
      if (!parsed.ok) throw new Error(`our own key document is wrong: ${parsed.detail}`);
      this.#published = { document, keys: parsed.keys, renewAt: now + RENEWAL_MS };
    }
    return this.#published;
  }
}
