/**
 * Who people are to us: the answers to `person` questions. Kept in storage, read where somebody is asked about, written
 * behind in groups. What is stored goes with the positions in both logs up to which it has been read, so that nothing is
 * counted twice or never, however the process ends: what came later is read again at the next start.
 */
import { parseUserId, type UserId } from '../../protocol/ids/user-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { isJsonObject, own, ownString } from '../../protocol/json.ts';
import type { Clock } from '../../telemetry/clock.ts';
import type { PersonAnswer } from '../answers.ts';
import type { Asked, Subject } from '../questions.ts';
import { measureIn } from './recorded-measure.ts';
import { answerAbout, changeMembership, historyIn, learnMembership, load, newHistory, seen } from './person.ts';
import type { History, Person } from './person.ts';
import type { LoggedVerdict, PeoplePositions, PeopleStore, StreamedEvent } from './ports.ts';

export interface PeopleOptions {
  readonly store: PeopleStore;
  readonly communityOf: (roomId: RoomId) => string | undefined;
  /** Whether an event was judged by this server: its message is counted when it is. */
  readonly isJudged: (event: StreamedEvent) => boolean;
  readonly clock: Clock;
  readonly onFailure: (error: unknown) => void;
  /** How many people are kept in memory, under 1 kB each. */
  readonly capacity?: number;
}

/** How long something is known before it is stored. */
const WRITE_DELAY_MS = 1_000;
/** Rows of one write: more would hold up the event loop. */
const MOST_UNWRITTEN = 1_000;
/** State that comes so soon after the first event of a room is what the room had when the bot joined. */
const JOINING_MS = 10 * 60_000;
const MESSAGES: ReadonlySet<string> = new Set(['m.room.message', 'm.room.encrypted', 'm.sticker', 'm.poll.start']);

export class People {
  readonly #options: PeopleOptions;
  readonly #capacity: number;
  /** Nearly in the order of use: not each use moves a person to the end. */
  readonly #people = new Map<UserId, Person>();
  #touches = 0;
  readonly #loading = new Map<UserId, Promise<void>>();
  readonly #roomIds = new Map<RoomId, RoomId>();
  #roomsSince: Map<RoomId, number> | undefined;
  #unwritten = new Map<History, UserId>();
  /** On its way to storage: what is read there may not know of it yet. */
  #beingWritten: ReadonlyMap<History, UserId> = new Map();
  #unwrittenRooms = new Map<RoomId, number>();
  #positions: PeoplePositions | undefined;
  #isWriteDue = false;
  #isWriteAsked = false;
  #hasFailed = false;
  #writing: Promise<void> = Promise.resolve();
  readonly #stopped = new AbortController();

  constructor(options: PeopleOptions) {
    this.#options = options;
    this.#capacity = options.capacity ?? 50_000;
  }

  get size(): number {
    return this.#people.size;
  }

  /** Up to where both logs have been taken in: read from storage once. */
  async positions(): Promise<PeoplePositions> {
    this.#positions ??= await this.#options.store.positions();
    return this.#positions;
  }

  /** Answers `person` questions. */
  person({ event }: Pick<Subject, 'event'>): Asked<PersonAnswer> | Promise<Asked<PersonAnswer>> {
    const { sender, roomId } = event.pdu;
    const answer = (value: PersonAnswer): Asked<PersonAnswer> => ({ state: 'known', value });
    const known = this.about(sender, roomId);
    return known instanceof Promise ? known.then(answer) : answer(known);
  }

  /** Who somebody is in a room and its community. */
  about(userId: UserId, roomId: RoomId): PersonAnswer | Promise<PersonAnswer> {
    const person = this.#touch(userId);
    const answer = (): PersonAnswer => answerAbout(person, roomId, this.#options.communityOf);
    return person.isLoaded ? answer() : this.#load([userId]).then(answer);
  }

  /** A verdict of the log, in order, after `positions()` has resolved. */
  takeVerdict({ position, verdict }: LoggedVerdict): void {
    if (this.#positions === undefined || position <= this.#positions.verdicts) return;
    this.#positions = { ...this.#positions, verdicts: position };
    // An override adds a verdict about an event that was counted, or was none that people saw.
    if (verdict.decision.outcome === 'sign' && verdict.revision === 1) {
      const { kind } = measureIn(verdict);
      const person = this.#touch(verdict.sender);
      const history = this.#historyOf(person, verdict.roomId);
      seen(history, verdict.decidedAt);
      if (kind === 'message' || kind === 'media') history.messages += 1;
      this.#unwritten.set(history, verdict.sender);
      if (!person.isLoaded) this.#load([verdict.sender]).catch(this.#options.onFailure);
    }
    this.#scheduleWrite();
  }

  /** Events of the stream, in order. Where it rejects, nothing of them was taken in. */
  async takeEvents(events: readonly StreamedEvent[]): Promise<void> {
    const { events: done } = await this.positions();
    this.#roomsSince ??= new Map(await this.#options.store.roomsSince());
    const fresh = events.filter(({ position }) => position > done);
    const userIds = new Set(fresh.flatMap((event) => this.#concerned(event) ?? []));
    for (let missing = this.#unloaded(userIds); missing.length > 0; missing = this.#unloaded(userIds)) {
      await this.#load(missing);
    }
    for (const event of fresh) this.#takeEvent(event, this.#roomsSince);
    const last = fresh.at(-1)?.position;
    if (last === undefined || this.#positions === undefined) return;
    this.#positions = { ...this.#positions, events: last };
    this.#scheduleWrite();
    if (this.#unwritten.size >= MOST_UNWRITTEN) await this.write();
  }

  /** Stores all that is known now. Resolves when it is stored, or a failure was told and it will be tried again. */
  write(): Promise<void> {
    this.#isWriteAsked = true;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Stores what is left. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.write();
  }

  #touch(userId: UserId): Person {
    this.#touches += 1;
    const known = this.#people.get(userId);
    if (known !== undefined && this.#touches - known.movedAt <= this.#capacity / 4) return known;
    const person = known ?? { isLoaded: false, movedAt: 0, rooms: [] };
    person.movedAt = this.#touches;
    if (known !== undefined) this.#people.delete(userId);
    this.#people.set(userId, person);
    if (this.#people.size > this.#capacity) this.#forgetOldest();
    return person;
  }

  /** Those of whom something is still to be stored stay, for the second that it takes. */
  #forgetOldest(): void {
    let tries = 8;
    for (const [userId, person] of this.#people) {
      const isStored = person.isLoaded && !person.rooms.some((history) => this.#isUnstored(history));
      if (isStored) this.#people.delete(userId);
      tries -= 1;
      if (this.#people.size <= this.#capacity || tries === 0) return;
    }
  }

  #isUnstored(history: History): boolean {
    return this.#unwritten.has(history) || this.#beingWritten.has(history);
  }

  #historyOf(person: Person, roomId: RoomId): History {
    const known = historyIn(person, roomId);
    if (known !== undefined) return known;
    const history = newHistory(this.#sameRoomId(roomId));
    person.rooms.push(history);
    return history;
  }

  /** One string for each room, however many people are in it. */
  #sameRoomId(roomId: RoomId): RoomId {
    const known = this.#roomIds.get(roomId);
    if (known !== undefined) return known;
    this.#roomIds.set(roomId, roomId);
    return roomId;
  }

  #unloaded(userIds: Iterable<UserId>): UserId[] {
    return [...userIds].filter((userId) => this.#people.get(userId)?.isLoaded !== true);
  }

  async #load(userIds: readonly UserId[]): Promise<void> {
    const wanted = userIds.filter((userId) => !this.#loading.has(userId));
    const loading = this.#read(wanted);
    for (const userId of wanted) this.#loading.set(userId, loading);
    try {
      await Promise.all([...new Set(userIds.flatMap((userId) => this.#loading.get(userId) ?? []))]);
    } finally {
      for (const userId of wanted) this.#loading.delete(userId);
    }
  }

  async #read(userIds: readonly UserId[]): Promise<void> {
    if (userIds.length === 0) return;
    const people = new Map(userIds.map((userId) => [userId, this.#touch(userId)]));
    const rows = Map.groupBy(await this.#options.store.ofUsers(userIds), ({ userId }) => userId);
    for (const [userId, person] of people) {
      const stored = rows.get(userId) ?? [];
      load(
        person,
        stored.map((row) => ({ ...row, roomId: this.#sameRoomId(row.roomId) })),
      );
    }
  }

  /** Whose record an event changes. */
  #concerned(event: StreamedEvent): UserId | undefined {
    if (event.isRejected) return undefined;
    // A refused join takes part in the room's state all the same: who came so is no old member without a date.
    if (event.status === 'softFailed') return isJoin(event) ? parseUserId(event.stateKey ?? '') : undefined;
    if (event.status !== 'accepted' && event.status !== 'outlier') return undefined;
    if (event.type === 'm.room.member') return parseUserId(event.stateKey ?? '');
    const isMessage = event.stateKey === undefined && MESSAGES.has(event.type) && event.status === 'accepted';
    return isMessage && !this.#options.isJudged(event) ? parseUserId(event.sender) : undefined;
  }

  #takeEvent(event: StreamedEvent, roomsSince: Map<RoomId, number>): void {
    const { roomId, receivedAt } = event;
    const since = roomsSince.get(roomId) ?? receivedAt;
    if (!roomsSince.has(roomId)) {
      roomsSince.set(roomId, since);
      this.#unwrittenRooms.set(roomId, since);
    }
    const userId = this.#concerned(event);
    const person = userId === undefined ? undefined : this.#people.get(userId);
    if (userId === undefined || person === undefined) return;
    const membership = event.type === 'm.room.member' ? membershipIn(event) : undefined;
    const isDeparture = membership === 'leave' || membership === 'ban';
    // Of people who left before anything else was known of them nothing is stored.
    const isStored = !isDeparture || historyIn(person, roomId) !== undefined;
    const history = this.#historyOf(person, roomId);
    // Times that servers claim are believed of the past before the bot came, and never later than now.
    const isOld = event.status === 'outlier' && receivedAt <= since + JOINING_MS;
    const at = isOld ? Math.max(0, Math.floor(Math.min(event.originServerTs, receivedAt))) : receivedAt;
    if (event.sender === userId && !isDeparture && event.status !== 'softFailed') seen(history, at);
    if (membership === undefined) history.messages += 1;
    else if (event.status === 'outlier') learnMembership(history, membership, at);
    else changeMembership(history, membership, at);
    if (isStored) this.#unwritten.set(history, userId);
  }

  #scheduleWrite(): void {
    if (this.#unwritten.size >= MOST_UNWRITTEN && !this.#isWriteAsked && !this.#hasFailed) void this.write();
    if (this.#isWriteDue || this.#stopped.signal.aborted) return;
    this.#isWriteDue = true;
    const { clock } = this.#options;
    void clock.sleep(WRITE_DELAY_MS, this.#stopped.signal).then(
      () => this.write(),
      () => undefined,
    );
  }

  async #write(): Promise<void> {
    this.#isWriteDue = false;
    this.#isWriteAsked = false;
    if (this.#positions === undefined) return;
    const { store, onFailure } = this.#options;
    const rooms = this.#unwrittenRooms;
    try {
      for (let missing = this.#toLoad(); missing.length > 0; missing = this.#toLoad()) await this.#load(missing);
      this.#beingWritten = this.#unwritten;
      this.#unwritten = new Map();
      this.#unwrittenRooms = new Map();
      const people = [...this.#beingWritten].map(([history, userId]) => ({ userId, ...history }));
      await store.put({ people, rooms, positions: this.#positions });
      this.#hasFailed = false;
    } catch (error) {
      for (const [history, userId] of this.#beingWritten) this.#unwritten.set(history, userId);
      for (const [roomId, since] of rooms) this.#unwrittenRooms.set(roomId, since);
      this.#hasFailed = true;
      onFailure(error);
      this.#scheduleWrite();
    } finally {
      this.#beingWritten = new Map();
    }
  }

  #toLoad(): UserId[] {
    return this.#unloaded(new Set(this.#unwritten.values()));
  }
}

function isJoin(event: StreamedEvent): boolean {
  return event.type === 'm.room.member' && membershipIn(event) === 'join';
}

function membershipIn({ raw }: StreamedEvent): string {
  const content = own(raw, 'content');
  return (isJsonObject(content) ? ownString(content, 'membership') : undefined) ?? 'leave';
}
