import * as z from 'zod';
import type { Pdu } from '../../protocol/events.ts';
import { isJsonArray, isJsonObject, own, ownString, type JsonObject, type JsonValue } from '../../protocol/json.ts';
import type { Evidence } from '../verdict.ts';
import { defineFilter, matchWhere } from './filter.ts';

const settings = z.strictObject({});

export const malformed = defineFilter({
  name: 'malformed',
  summary:
    'Messages, stickers, reactions and memberships whose content is not what the specification asks for: fields that are missing or of the wrong type, which make some clients fail.',
  settings,
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: {},
    matches: { content: { msgtype: 'm.text', body: { text: 'hello' } } },
    ignores: { content: { msgtype: 'm.text', body: 'hello' } },
  },
  compile:
    () =>
    ({ pdu }) =>
      matchWhere(mistakesIn(pdu).slice(0, MAX_EVIDENCE)),
});

const MAX_EVIDENCE = 10;

type Kind = 'a string' | 'an object' | 'a list' | 'true or false' | 'null';

function isOf(value: JsonValue, kind: Kind): boolean {
  switch (kind) {
    case 'a string':
      return typeof value === 'string';
    case 'an object':
      return isJsonObject(value);
    case 'a list':
      return isJsonArray(value);
    case 'true or false':
      return typeof value === 'boolean';
    case 'null':
      return value === null;
  }
}

/** Collects what is wrong with one object. */
class ObjectCheck {
  readonly mistakes: Evidence[] = [];
  readonly #object: JsonObject;
  /** Worked out where there is a mistake. */
  readonly #path: () => string;

  constructor(object: JsonObject, path: () => string) {
    this.#object = object;
    this.#path = path;
  }

  /** The value, where it is there and of one of the kinds. */
  optional(key: string, ...kinds: readonly Kind[]): JsonValue | undefined {
    const value = own(this.#object, key);
    if (value === undefined) return value;
    for (const kind of kinds) if (isOf(value, kind)) return value;
    this.#add(key, `is not ${kinds.join(' or ')}`);
    return undefined;
  }

  required(key: string, ...kinds: readonly Kind[]): JsonValue | undefined {
    if (own(this.#object, key) === undefined) this.#add(key, 'is missing');
    return this.optional(key, ...kinds);
  }

  /** Looks into an object that may be left out. */
  inside(key: string, check: (inner: ObjectCheck) => void): void {
    const value = this.optional(key, 'an object');
    if (!isJsonObject(value)) return;
    const inner = new ObjectCheck(value, () => this.#pathOf(key));
    check(inner);
    this.mistakes.push(...inner.mistakes);
  }

  /** Media are either in the clear or encrypted. */
  requireMedia(): void {
    this.optional('url', 'a string');
    this.optional('file', 'an object');
    this.optional('info', 'an object');
    if (own(this.#object, 'url') === undefined && own(this.#object, 'file') === undefined) {
      this.#add('url', 'is missing');
    }
  }

  strings(key: string): void {
    const list = this.optional(key, 'a list');
    if (isJsonArray(list) && list.some((item) => typeof item !== 'string')) this.#add(key, 'is not a list of strings');
  }

  #add(key: string, what: string): void {
    this.mistakes.push({ path: this.#pathOf(key), note: `${key} ${what}` });
  }

  #pathOf(key: string): string {
    return `${this.#path()}.${key.replace(/[\\.]/g, '\\$&')}`;
  }
}

/** Types of which nothing is said here have no mistakes. */
function mistakesIn({ type, content }: Pdu): readonly Evidence[] {
  const check = new ObjectCheck(content, () => 'content');
  switch (type) {
    case 'm.room.message':
      checkMessage(check, content);
      // What replaces an edited message must be one itself (client-server API, "Event replacements").
      check.inside('m.new_content', (inner) => {
        const edited = own(content, 'm.new_content');
        if (isJsonObject(edited)) checkMessage(inner, edited);
      });
      break;
    case 'm.sticker':
      check.required('body', 'a string');
      check.requireMedia();
      checkRelation(check);
      break;
    case 'm.reaction':
      check.required('m.relates_to', 'an object');
      check.inside('m.relates_to', (relates) => {
        for (const key of ['rel_type', 'event_id', 'key']) relates.required(key, 'a string');
      });
      break;
    case 'm.room.member':
      check.optional('displayname', 'a string', 'null');
      check.optional('avatar_url', 'a string', 'null');
      check.optional('reason', 'a string');
      check.optional('is_direct', 'true or false');
      break;
  }
  return check.mistakes;
}

const MEDIA: ReadonlySet<string> = new Set(['m.image', 'm.video', 'm.audio', 'm.file']);

function checkMessage(check: ObjectCheck, content: JsonObject): void {
  check.required('msgtype', 'a string');
  check.required('body', 'a string');
  check.optional('format', 'a string');
  check.optional('formatted_body', 'a string');
  const msgtype = ownString(content, 'msgtype') ?? '';
  if (MEDIA.has(msgtype)) check.requireMedia();
  if (msgtype === 'm.location') check.required('geo_uri', 'a string');
  check.inside('m.mentions', (mentions) => {
    mentions.strings('user_ids');
    mentions.optional('room', 'true or false');
  });
  checkRelation(check);
}

function checkRelation(check: ObjectCheck): void {
  check.inside('m.relates_to', (relates) => {
    relates.optional('rel_type', 'a string');
    relates.optional('event_id', 'a string');
    relates.inside('m.in_reply_to', (reply) => {
      reply.required('event_id', 'a string');
    });
  });
}
