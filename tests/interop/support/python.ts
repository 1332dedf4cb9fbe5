import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { splitLines } from './json-lines.ts';
import { isObject, parseObject } from './matrix-client.ts';
import type { JsonObject } from './matrix-client.ts';
import type { SigningKey } from './synapse-server.ts';

/** One of our Python scripts, kept running: a JSON object per line in, one per line out, in order. */
export interface PythonScript extends AsyncDisposable {
  ask(request: JsonObject): Promise<JsonObject>;
  /** Sends a line as it is, for numbers that JavaScript cannot hold. Fails if the script reports a failure. */
  askLine(line: string): Promise<JsonObject>;
}

interface Waiting {
  resolve: (answer: JsonObject) => void;
  reject: (error: Error) => void;
}

/** Starts a script of this folder in the environment's Python. */
export function startPython(python: string, script: string): PythonScript {
  const child = spawn(python, [path.join(import.meta.dirname, script)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const waiting: Waiting[] = [];
  splitLines(child.stdout, (line) => {
    const answer = parseObject(line);
    const asker = waiting.shift();
    if (typeof answer['failure'] === 'string') asker?.reject(new Error(`${script}: ${answer['failure']}`));
    else asker?.resolve(answer);
  });
  child.once('close', () => {
    for (const asker of waiting.splice(0)) asker.reject(new Error(`${script} ended before it answered`));
  });
  const askLine = (line: string): Promise<JsonObject> =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      child.stdin.write(`${line}\n`);
    });
  return {
    ask: (request) => askLine(JSON.stringify(request)),
    askLine,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/** The oracle of the protocol: Synapse's own functions, signedjson and canonicaljson. */
export class ProtocolOracle implements AsyncDisposable {
  readonly #script: PythonScript;

  constructor(python: string) {
    this.#script = startPython(python, 'protocol-oracle.py');
  }

  ask(request: JsonObject): Promise<JsonObject> {
    return this.#script.ask(request);
  }

  askLine(line: string): Promise<JsonObject> {
    return this.#script.askLine(line);
  }

  /** Whether signedjson accepts the signature on an event under a server name and key id. */
  async verifiesEvent(
    roomVersion: string,
    event: JsonObject,
    key: { serverName: string; keyId: string; publicKey: string },
  ): Promise<boolean> {
    const answer = await this.ask({
      op: 'verify_event',
      room_version: roomVersion,
      event,
      server_name: key.serverName,
      key_id: key.keyId,
      public_key: key.publicKey,
    });
    return answer['valid'] === true;
  }

  /** Signs a JSON object with signedjson. */
  async sign(value: JsonObject, key: SigningKey): Promise<JsonObject> {
    const { signed } = await this.ask({
      op: 'sign',
      value,
      server_name: key.serverName,
      key_id: key.keyId,
      seed: key.seed,
    });
    if (!isObject(signed)) throw new Error('the oracle did not sign');
    return signed;
  }

  /** An event with content hash and signature, as a homeserver with this key would send it. */
  async signEvent(roomVersion: string, unsigned: JsonObject, key: SigningKey): Promise<JsonObject> {
    const { sha256 } = await this.ask({ op: 'hash_event', event: unsigned });
    const event = { ...unsigned, hashes: { sha256 } };
    const { signature } = await this.ask({
      op: 'sign_event',
      room_version: roomVersion,
      event,
      server_name: key.serverName,
      key_id: key.keyId,
      seed: key.seed,
    });
    return { ...event, signatures: { [key.serverName]: { [key.keyId]: signature } } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#script[Symbol.asyncDispose]();
  }
}
