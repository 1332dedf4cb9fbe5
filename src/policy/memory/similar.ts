/**
 * What is nearly the same as what was said before, by whomever and wherever: the answers to `similar` questions. The
 * latest texts, refused texts and names of people who join are kept, each in a table of a fixed size; refused ones have
 * one of their own, so that they are remembered while much is said.
 */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { SimilarAnswer } from '../answers.ts';
import type { Asked, SimilarQuestion, Subject } from '../questions.ts';
import type { Happening } from './counters.ts';
import { comparedName, comparedText, kindOf } from './measure.ts';
import type { Measure } from './measured.ts';
import { TextIndex } from './text-index.ts';

export interface SimilarTextsOptions {
  readonly communityOf: (roomId: RoomId) => string | undefined;
  /** How many texts are kept, and how many names and refused ones of each: powers of two. */
  readonly texts?: number;
  readonly others?: number;
}

const NOTHING: Asked<SimilarAnswer> = { state: 'known', value: { events: 0, senders: 0, rooms: 0 } };

export class SimilarTexts {
  readonly #communityOf: (roomId: RoomId) => string | undefined;
  readonly #indexes: Readonly<Record<'text' | 'name', Readonly<Record<'all' | 'refused', TextIndex>>>>;

  constructor({ communityOf, texts = 32_768, others = 8_192 }: SimilarTextsOptions) {
    this.#communityOf = communityOf;
    this.#indexes = {
      text: { all: new TextIndex(texts), refused: new TextIndex(others) },
      name: { all: new TextIndex(others), refused: new TextIndex(others) },
    };
  }

  add(happening: Omit<Happening, 'measure'> & { readonly measure: Measure }): void {
    const { roomId, sender, at, isRefused, measure } = happening;
    for (const field of ['text', 'name'] as const) {
      const hash = measure[field];
      if (hash === undefined) continue;
      this.#indexes[field].all.add(hash, { roomId, sender, at });
      if (isRefused) this.#indexes[field].refused.add(hash, { roomId, sender, at });
    }
  }

  /** Answers `similar` questions: about the text of a message, or the name of somebody who joins; other events have none. */
  similar(
    question: SimilarQuestion,
    { event, room, now }: Pick<Subject, 'event' | 'now'> & { readonly room: Pick<Subject['room'], 'membershipOf'> },
  ): Asked<SimilarAnswer> {
    const { of, among, across, withinMs, likeness, minLength } = question;
    const kind = kindOf(event, room.membershipOf(event.pdu.sender));
    const compared =
      of === 'text'
        ? (kind === 'message' || kind === 'media') && comparedText(event)
        : kind === 'join' && comparedName(event);
    if (compared === false || compared === undefined || compared.length < minLength) return NOTHING;
    const alike = this.#indexes[of][among].find(compared.hash, likeness);
    if (alike.length === 0) return NOTHING;
    const isIn = this.#scopeTest(across, event.pdu.roomId);
    const found = alike.filter(({ at, roomId }) => at >= now - withinMs && isIn(roomId));
    const senders = new Set(found.map(({ sender }) => sender));
    const rooms = new Set(found.map(({ roomId }) => roomId));
    return { state: 'known', value: { events: found.length, senders: senders.size, rooms: rooms.size } };
  }

  #scopeTest(across: SimilarQuestion['across'], roomId: RoomId): (other: RoomId) => boolean {
    if (across === 'instance') return () => true;
    const community = across === 'room' ? undefined : this.#communityOf(roomId);
    return (other) => other === roomId || (community !== undefined && this.#communityOf(other) === community);
  }
}
