/** Requests of `/sign`, ready to be written to a socket. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { ServerName } from '../../src/protocol/ids/server-name.ts';
import { roomVersionRules } from '../../src/protocol/room-versions.ts';
import { hashAndSignEvent } from '../../src/protocol/signing.ts';
import { authorizeRequest, requestContent } from '../../src/protocol/x-matrix.ts';
import { defined } from './defined.ts';
import type { FakeHomeserver } from './fake-homeserver.ts';
import { ROOM_VERSION, type RoomUnderTest } from './room-under-test.ts';

const RULES = defined(roomVersionRules(ROOM_VERSION));
const URI = '/_matrix/policy/v1/sign';
/** None of these is in the word list. */
const VOCABULARY =
  'the a of to and in that it is was for on are with as they be at one have this from or had by but some what there we can out other were all your when up use how said an each she which do their time if will way about many then them would write like so these her long make thing see him two has look more day could go come did my sound no most number who over know water than call first people may down side been now find'.split(
    ' ',
  );

export class SignRequests {
  readonly #room: RoomUnderTest;
  readonly #destination: ServerName;
  readonly #textOf: (number: number) => string;
  #made = 0;

  constructor(room: RoomUnderTest, destination: ServerName, textOf: (number: number) => string = monotonousText) {
    this.#room = room;
    this.#destination = destination;
    this.#textOf = textOf;
  }

  /** New events, each asked about by its sender's server. */
  cold(count: number): Buffer[] {
    return Array.from({ length: count }, () => {
      const { event, home } = this.#event();
      return this.#request(event, home);
    });
  }

  /** New events, each asked about by so many servers one after another. */
  askedBy(askers: number, events: number): Buffer[] {
    const homes = this.#room.homes;
    const requests: Buffer[] = [];
    for (let i = 0; i < events; i += 1) {
      const { event } = this.#event();
      for (let asker = 0; asker < askers; asker += 1) {
        requests.push(this.#request(event, defined(homes[asker % homes.length])));
      }
    }
    return requests;
  }

  #event(): { event: JsonObject; home: FakeHomeserver } {
    const number = this.#made;
    this.#made += 1;
    const { userId, home, authEvents } = defined(this.#room.members[number % this.#room.members.length]);
    const body = this.#textOf(number);
    const formatted = number % 4 === 0 ? { format: 'org.matrix.custom.html', formatted_body: `<b>${body}</b>` } : {};
    const draft: JsonObject = {
      auth_events: authEvents,
      content: { body, msgtype: 'm.text', ...formatted, 'm.mentions': {} },
      depth: 5000 + number,
      origin_server_ts: Date.now(),
      prev_events: [`$${randomBytes(32).toString('base64url')}`],
      room_id: this.#room.roomId,
      sender: userId,
      type: 'm.room.message',
      unsigned: { age_ts: Date.now() },
    };
    return { event: hashAndSignEvent(draft, RULES, home.name, home.key), home };
  }

  #request(event: JsonObject, { name: origin, key }: FakeHomeserver): Buffer {
    const content = requestContent(event);
    const signed = { method: 'POST', uri: URI, origin, destination: this.#destination, content };
    const lines = [
      `POST ${URI} HTTP/1.1`,
      `Host: ${this.#destination}`,
      'User-Agent: bench',
      'Content-Type: application/json',
      `Authorization: ${authorizeRequest(signed, key)}`,
      `Content-Length: ${String(Buffer.byteLength(content))}`,
    ];
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${content}`);
  }
}

/** The same words in the same order, from one of a hundred places on. */
function monotonousText(number: number): string {
  const words = Array.from({ length: 5 + ((number * 7) % 60) }, (_, i) => VOCABULARY[(number * 31 + i * 17) % 100]);
  return `${String(number)} ${words.join(' ')}`;
}

/** Words of the documentation, as often as they stand there. */
const WORDS: readonly string[] = ['operate', 'protect-a-room', 'moderators', 'rules'].flatMap((name) => {
  const text = readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', `${name}.md`), 'utf8');
  return text.match(/\b[a-z]{1,14}\b/g)?.filter((word) => !/casino|earn|profit|telegram|^dm$/.test(word)) ?? [];
});

/** Words by chance, and always the same for the same number: as in a room, hardly two texts are alike. */
export function variedText(number: number): string {
  let state = Math.imul(number + 1, 0x9e3779b1) >>> 0;
  const next = (limit: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x297a2d39) >>> 0;
    return (state >>> 8) % limit;
  };
  return Array.from({ length: 5 + next(60) }, () => WORDS[next(WORDS.length)] ?? '').join(' ');
}
