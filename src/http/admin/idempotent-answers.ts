/**
 * Writes that are sent twice are done once: who sends a POST with an `Idempotency-Key` gets the first answer again, for a
 * day. Kept in memory, so a restart forgets them. Errors are not kept: what failed may be tried again.
 */
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Answer } from '../endpoint.ts';
import { matrixError } from '../errors.ts';
import type { Actor } from './admin-endpoint.ts';

const KEPT_MS = 24 * 3_600_000;
const MAX_ANSWERS = 10_000;
const MAX_CHARACTERS = 16 * 1024 * 1024;
const KEY = /^[\u0021-\u007e]{1,255}$/;

export interface IdempotentRequest {
  readonly actor: Actor;
  /** The header as it came; `undefined` where there is none. */
  readonly key: string | string[] | undefined;
  readonly method: string;
  /** Path and query. */
  readonly uri: string;
  readonly body: unknown;
}

interface Kept {
  readonly bodyHash: string;
  readonly answer: Answer;
}

interface Running {
  readonly bodyHash: string;
  readonly answer: Promise<Answer>;
}

export class IdempotentAnswers {
  readonly #kept = new LRUCache<string, Kept>({
    max: MAX_ANSWERS,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: ({ answer }) => answer.body.length + 1,
    ttl: KEPT_MS,
  });
  readonly #running = new Map<string, Running>();

  async once(request: IdempotentRequest, work: () => Promise<Answer>): Promise<Answer> {
    const { key } = request;
    if (request.method !== 'POST' || key === undefined) return await work();
    if (typeof key !== 'string' || !KEY.test(key)) {
      throw matrixError('M_INVALID_PARAM', 400, 'The Idempotency-Key is no text of 1 to 255 visible characters.');
    }
    const { actor, uri } = request;
    const place = JSON.stringify([actor.name, actor.community ?? null, key, uri]);
    const bodyHash = hash('sha256', Buffer.isBuffer(request.body) ? request.body : '');
    const known = this.#kept.get(place) ?? this.#running.get(place);
    if (known === undefined) return await this.#first(place, bodyHash, work);
    if (known.bodyHash === bodyHash) return await known.answer;
    throw matrixError('ORG.GATEHOUSE.CONFLICT', 409, 'This Idempotency-Key was used for another request.');
  }

  async #first(place: string, bodyHash: string, work: () => Promise<Answer>): Promise<Answer> {
    const answer = work();
    this.#running.set(place, { bodyHash, answer });
    try {
      this.#kept.set(place, { bodyHash, answer: await answer });
    } finally {
      this.#running.delete(place);
    }
    return await answer;
  }
}
