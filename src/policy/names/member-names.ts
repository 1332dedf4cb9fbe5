/**
 * Which members of a room an event calls by their display names. An index is made of a room when a rule first asks about
 * it, follows the room's member events from then on, and goes when nobody has asked for a while.
 */
import { setImmediate } from 'node:timers/promises';
import type { NamedGroup, NamesAnswer } from '../answers.ts';
import type { RoomMembers } from '../ports.ts';
import type { Asked, NamesQuestion, Source, Subject } from '../questions.ts';
import type { EventReading } from '../reading/event-reading.ts';
import { MENTION_PLACES, mentionedIn, type MentionPlace } from '../reading/mentions.ts';
import { NameIndex, wordsOfName } from './name-index.ts';

export interface MemberNamesOptions {
  /** How many rooms are kept; those that nobody has asked about for the longest time go first. */
  readonly rooms?: number;
  /** How many names all rooms may have together; the room that is asked about is kept in any case. */
  readonly names?: number;
}

/** So many names are read at once: some milliseconds. */
const AT_ONCE = 2_000;
/** Rooms that nobody has asked about for so long are not followed any more. */
const IDLE_MS = 6 * 60 * 60 * 1000;
/** So many names of each group are told; the others are counted only. */
const TOLD = 10;

interface KeptRoom {
  readonly index: NameIndex;
  readonly stop: () => void;
  /** Until all members have been read. */
  reading: Promise<void> | undefined;
  usedAt: number;
}

export class MemberNames {
  readonly #options: Required<MemberNamesOptions>;
  /** In the order of use. */
  readonly #rooms = new Map<RoomMembers, KeptRoom>();

  constructor({ rooms = 500, names = 1_000_000 }: MemberNamesOptions = {}) {
    this.#options = { rooms, names };
  }

  /** Answers `names` questions. */
  readonly source: Source<'names'> = (question, subject) => {
    const { index, reading } = this.#use(subject.room.members, subject.now);
    const answer = (): Asked<NamesAnswer> => ({ state: 'known', value: namesIn(index, question, subject) });
    return reading === undefined ? answer() : reading.then(answer);
  };

  /** Of how many rooms names are kept, and how many these are. */
  get statistics(): { readonly rooms: number; readonly names: number } {
    let names = 0;
    for (const { index } of this.#rooms.values()) names += index.size;
    return { rooms: this.#rooms.size, names };
  }

  #use(members: RoomMembers, now: number): KeptRoom {
    const kept = this.#rooms.get(members) ?? follow(members, now);
    const isNew = !this.#rooms.delete(members);
    kept.usedAt = Math.max(kept.usedAt, now);
    this.#rooms.set(members, kept);
    if (isNew) this.#shrink();
    for (const [other, { usedAt }] of this.#rooms) {
      if (now - usedAt <= IDLE_MS) break;
      this.#forget(other);
    }
    return kept;
  }

  #shrink(): void {
    let { names } = this.statistics;
    for (const [members, { index }] of this.#rooms) {
      if (this.#rooms.size <= 1) return;
      if (this.#rooms.size <= this.#options.rooms && names <= this.#options.names) return;
      names -= index.size;
      this.#forget(members);
    }
  }

  #forget(members: RoomMembers): void {
    this.#rooms.get(members)?.stop();
    this.#rooms.delete(members);
  }
}

/** Changes that come while the members are read count at once: in whatever order names are added and taken away, the sum is the same. */
function follow(members: RoomMembers, now: number): KeptRoom {
  const index = new NameIndex();
  const names = members.joinedNames();
  const stop = members.watchNames((before, after) => {
    if (before === after) return;
    if (before !== undefined) index.remove(before);
    if (after !== undefined) index.add(after);
  });
  for (const name of names.slice(0, AT_ONCE)) index.add(name);
  const kept: KeptRoom = { index, stop, reading: undefined, usedAt: now };
  if (names.length > AT_ONCE) {
    kept.reading = readOn(index, names).then(() => {
      kept.reading = undefined;
    });
  }
  return kept;
}

/** Lets others have their turn. */
async function readOn(index: NameIndex, names: readonly string[]): Promise<void> {
  for (let at = AT_ONCE; at < names.length; at += AT_ONCE) {
    await setImmediate();
    for (const name of names.slice(at, at + AT_ONCE)) index.add(name);
  }
}

function namesIn(index: NameIndex, { shortest }: NamesQuestion, { event, room }: Subject): NamesAnswer {
  const found = new Map<string, Set<MentionPlace>>();
  for (const words of event.words) {
    for (const name of index.find(words, shortest).names) if (!found.has(name)) found.set(name, new Set());
  }
  if (found.size > 0) noteMentioned(found, event, room.members);
  return { named: groupsOf(found) };
}

/** Where people are mentioned who bear one of the names. */
function noteMentioned(found: Map<string, Set<MentionPlace>>, { mentions }: EventReading, members: RoomMembers): void {
  for (const place of MENTION_PLACES) {
    for (const userId of mentionedIn(mentions, place)) {
      const name = members.joinedName(userId);
      const words = name === undefined ? undefined : wordsOfName(name);
      if (words !== undefined) found.get(words)?.add(place);
    }
  }
}

function groupsOf(found: ReadonlyMap<string, ReadonlySet<MentionPlace>>): readonly NamedGroup[] {
  const groups = new Map<string, { places: readonly MentionPlace[]; names: string[] }>();
  for (const [name, places] of found) {
    const key = [...places].join(' ');
    const group = groups.get(key) ?? { places: [...places], names: [] };
    group.names.push(name);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ places, names }) => ({
    ...{ names: names.length, first: names.slice(0, TOLD) },
    alsoMentionedIn: places,
  }));
}
