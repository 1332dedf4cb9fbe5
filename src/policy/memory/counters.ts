/**
 * How often things happened: the answers to `count` questions. Everything is counted whatever rules there are, so that a
 * new rule finds what it asks for.
 *
 * Memory is bounded: where there are too many senders or servers, those that have done nothing for the longest time are
 * forgotten, and are counted from zero when they come back. What rooms and communities count is never forgotten for that.
 */
import { LRUCache } from 'lru-cache';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { serverNameOf, type UserId } from '../../protocol/ids/user-id.ts';
import type { Asked, CountQuestion, Subject } from '../questions.ts';
import { isCounted } from './measure.ts';
import { KINDS, type Kind, type Measure } from './measured.ts';
import { LONGEST_MS, Series, STEP_MS } from './series.ts';

/** One event as it is counted. */
export interface Happening {
  readonly roomId: RoomId;
  readonly sender: UserId;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly isRefused: boolean;
  readonly measure: Pick<Measure, 'kind' | 'mentions' | 'named'>;
}

export interface CountersOptions {
  /** Milliseconds since 1970 of the start. */
  readonly startedAt: number;
  readonly communityOf: (roomId: RoomId) => string | undefined;
  /** How many senders, and how many servers, are kept. */
  readonly senders?: number;
  readonly servers?: number;
  /** How many numbers of 8 bytes all senders, and all servers, may take. */
  readonly numbers?: number;
}

const CODES_PER_KIND = 2;
const MENTIONS = KINDS.length;
const NAMED = KINDS.length + 1;
/** Kinds, mentions and people called by their names, each signed and refused. */
const CODES = (KINDS.length + 2) * CODES_PER_KIND;
const KIND_CODES: ReadonlyMap<Kind, number> = new Map(KINDS.map((kind, index) => [kind, index]));
/** One sender may fill so many records; what rooms and servers do is summed up in more. */
const SENDER_RECORDS = 512;
const INSTANCE = 'instance';

export class Counters {
  readonly #communityOf: (roomId: RoomId) => string | undefined;
  /** Steps are counted from here, so that they stay small integers. */
  readonly #origin: number;
  /** Rooms by number: those that the bot is in, or was. */
  readonly #rooms: RoomId[] = [];
  readonly #roomNumbers = new Map<RoomId, number>();
  readonly #communityKeys = new Map<string, string>();
  readonly #senders: SeriesTable;
  readonly #servers: SeriesTable;
  readonly #places: SeriesTable;
  /** When something last happened in each room: by server, and by anybody. */
  readonly #roomsOfServers: LRUCache<string, Map<number, number>>;
  readonly #roomsOfAll = new Map<number, number>();

  constructor({ startedAt, communityOf, senders = 50_000, servers = 10_000, numbers = 4_000_000 }: CountersOptions) {
    this.#communityOf = communityOf;
    this.#origin = startedAt - LONGEST_MS;
    this.#senders = new SeriesTable({ most: senders, numbers, records: SENDER_RECORDS });
    this.#servers = new SeriesTable({ most: servers, numbers, records: 2048 });
    this.#places = new SeriesTable({ most: Infinity, numbers: Infinity, records: 4096 });
    this.#roomsOfServers = new LRUCache({ max: servers });
  }

  /** Takes the same time whatever is counted already, but for the tidying that many events pay for together. */
  add({ roomId, sender, at, isRefused, measure }: Happening): void {
    const step = this.#stepOf(at);
    if (step < 0) return;
    const refused = isRefused ? 1 : 0;
    const code = (KIND_CODES.get(measure.kind) ?? 0) * CODES_PER_KIND + refused;
    const { mentions = 0, named = 0 } = measure;
    const room = this.#numberOf(roomId);
    const addTo =
      (place: number) =>
      (series: Series): void => {
        series.add(step, place * CODES + code, 1);
        if (mentions > 0) series.add(step, place * CODES + MENTIONS * CODES_PER_KIND + refused, mentions);
        if (named > 0) series.add(step, place * CODES + NAMED * CODES_PER_KIND + refused, named);
      };
    // A sender's events are kept with their rooms: communities are put together when somebody asks.
    this.#senders.change(sender, OWN, step, addTo(room));
    const server = serverNameOf(sender);
    const community = this.#communityKey(roomId);
    const add = addTo(0);
    for (const scope of community === roomId ? [roomId, INSTANCE] : [roomId, community, INSTANCE]) {
      this.#servers.change(server, scope, step, add);
      this.#places.change(scope, OWN, step, add);
    }
    this.#noteRoom(server, room * CODES_PER_KIND + refused, step);
  }

  #noteRoom(server: string, tag: number, step: number): void {
    const ofServer = this.#roomsOfServers.get(server) ?? new Map<number, number>();
    this.#roomsOfServers.set(server, ofServer);
    for (const rooms of [ofServer, this.#roomsOfAll]) rooms.set(tag, Math.max(step, rooms.get(tag) ?? 0));
  }

  /** Answers `count` questions. */
  count(question: CountQuestion, { event, now }: Pick<Subject, 'event' | 'now'>): Asked<number> {
    const { roomId, sender } = event.pdu;
    return { state: 'known', value: this.countFor(question, { roomId, sender, now }) };
  }

  countFor(
    question: Omit<CountQuestion, 'key'>,
    { roomId, sender, now }: { readonly roomId: RoomId; readonly sender: UserId; readonly now: number },
  ): number {
    const { what, per, across, withinMs } = question;
    const since = Math.ceil((now - Math.min(withinMs, LONGEST_MS) - this.#origin) / STEP_MS);
    const scope = this.#scopeKey(per, across, roomId);
    const isWanted = outcomeTest(question);
    if (what === 'rooms') return this.#activeRooms(per, isWanted, since, { scope, roomId, sender });
    const codes = codesOf(question, isWanted);
    if (per === 'sender') {
      const isIn = this.#roomTest(scope, roomId);
      const counts = (tag: number): boolean => isOneOf(codes, tag % CODES) && isIn(Math.floor(tag / CODES));
      return total(this.#senders.get(sender, OWN), since, counts);
    }
    const series = per === 'server' ? this.#servers.get(serverNameOf(sender), scope) : this.#places.get(scope, OWN);
    return series?.sumSince(since, codes) ?? 0;
  }

  #activeRooms(
    per: CountQuestion['per'],
    isWanted: OutcomeTest,
    since: number,
    { scope, roomId, sender }: { readonly scope: string; readonly roomId: RoomId; readonly sender: UserId },
  ): number {
    const isIn = this.#roomTest(scope, roomId);
    const rooms = new Set<number>();
    const visit = (room: number, isRefused: boolean): void => {
      if (isWanted(isRefused) && !rooms.has(room) && isIn(room)) rooms.add(room);
    };
    if (per === 'sender') {
      this.#senders.get(sender, OWN)?.touching(since, (tag) => {
        visit(Math.floor(tag / CODES), tag % CODES_PER_KIND === 1);
      });
      return rooms.size;
    }
    const lastTimes = per === 'server' ? this.#roomsOfServers.get(serverNameOf(sender)) : this.#roomsOfAll;
    for (const [tag, last] of lastTimes ?? []) {
      if (last >= since) visit(Math.floor(tag / CODES_PER_KIND), tag % CODES_PER_KIND === 1);
    }
    return rooms.size;
  }

  /** Of how many senders, servers and places there is something, and how many numbers all of it takes. */
  get statistics(): { readonly owners: number; readonly numbers: number } {
    const tables = [this.#senders, this.#servers, this.#places];
    return {
      owners: tables.reduce((sum, table) => sum + table.count, 0),
      numbers: tables.reduce((sum, table) => sum + table.numbers, 0),
    };
  }

  #stepOf(at: number): number {
    return Math.floor((at - this.#origin) / STEP_MS);
  }

  #numberOf(roomId: RoomId): number {
    const known = this.#roomNumbers.get(roomId);
    if (known !== undefined) return known;
    this.#roomNumbers.set(roomId, this.#rooms.length);
    return this.#rooms.push(roomId) - 1;
  }

  /** A room without a community is a community of its own. */
  #communityKey(roomId: RoomId): string {
    const community = this.#communityOf(roomId);
    if (community === undefined) return roomId;
    const known = this.#communityKeys.get(community);
    if (known !== undefined) return known;
    const key = `community ${community}`;
    this.#communityKeys.set(community, key);
    return key;
  }

  /** The smaller one of what is counted for and where it is counted. */
  #scopeKey(per: CountQuestion['per'], across: CountQuestion['across'], roomId: RoomId): string {
    if (per === 'room' || across === 'room') return roomId;
    return per === 'community' || across === 'community' ? this.#communityKey(roomId) : INSTANCE;
  }

  #roomTest(scope: string, roomId: RoomId): (room: number) => boolean {
    if (scope === INSTANCE) return () => true;
    if (scope === roomId) {
      const own = this.#roomNumbers.get(roomId);
      return (room) => room === own;
    }
    // People mostly go on in the room where they are.
    let [latest, isLatestIn] = [-1, false];
    return (room) => {
      if (room === latest) return isLatestIn;
      const other = this.#rooms[room];
      [latest, isLatestIn] = [room, other !== undefined && this.#communityKey(other) === scope];
      return isLatestIn;
    };
  }
}

function total(series: Series | undefined, since: number, counts: (tag: number) => boolean): number {
  let sum = 0;
  series?.since(since, (tag, count) => {
    if (counts(tag)) sum += count;
  });
  return sum;
}

function isOneOf(codes: number, code: number): boolean {
  return ((codes >>> code) & 1) === 1;
}

type OutcomeTest = (isRefused: boolean) => boolean;

function outcomeTest({
  includeRefused,
  onlyRefused = false,
}: Pick<CountQuestion, 'includeRefused' | 'onlyRefused'>): OutcomeTest {
  return (isRefused) => (isRefused ? includeRefused || onlyRefused : !onlyRefused);
}

/** By question: each rule has its own ones, which stay the same while it is in force. */
const countedCodes = new WeakMap<object, number>();

/** Which codes a question is about, a bit each; tags of senders carry a room too, which is taken off before. */
function codesOf(question: Omit<CountQuestion, 'key'>, isWanted: OutcomeTest): number {
  const known = countedCodes.get(question);
  if (known !== undefined) return known;
  const codes = newCodesOf(question, isWanted);
  countedCodes.set(question, codes);
  return codes;
}

function newCodesOf({ what, displayNames = false }: Omit<CountQuestion, 'key'>, isWanted: OutcomeTest): number {
  let counted = 0;
  const add = (kind: number): void => {
    if (isWanted(false)) counted |= 1 << (kind * CODES_PER_KIND);
    if (isWanted(true)) counted |= 1 << (kind * CODES_PER_KIND + 1);
  };
  if (what === 'mentions') {
    add(MENTIONS);
    if (displayNames) add(NAMED);
  } else if (what !== 'rooms') for (const [kind, code] of KIND_CODES) if (isCounted(kind, what)) add(code);
  return counted;
}

interface Owner {
  /** Where the owner has one series only. */
  own: Series | undefined;
  scopes: Map<string, Series> | undefined;
  /** When it was last moved to the end, in changes of the table. */
  movedAt: number;
  lastStep: number;
}

const OWN = '';
/** Owners that have been idle for too long are looked for every so many changes. */
const SWEEP_EVERY = 64;

/** Series by owner and scope; owners unused for the longest time go when there are too many. */
class SeriesTable {
  /** Nearly in the order of use: not each use moves an owner to the end. */
  readonly #owners = new Map<string, Owner>();
  readonly #limits: { readonly most: number; readonly numbers: number; readonly records: number };
  #numbers = 0;
  #changes = 0;

  constructor(limits: { readonly most: number; readonly numbers: number; readonly records: number }) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#owners.size;
  }

  get numbers(): number {
    return this.#numbers;
  }

  get(key: string, scope: string): Series | undefined {
    const owner = this.#owners.get(key);
    return scope === OWN ? owner?.own : owner?.scopes?.get(scope);
  }

  change(key: string, scope: string, step: number, change: (series: Series) => void): void {
    const owner = this.#use(key, step);
    const series = scope === OWN ? (owner.own ??= this.#newSeries()) : this.#seriesIn(owner, scope);
    const before = series.size;
    change(series);
    this.#numbers += series.size - before;
    while (this.#owners.size > 1 && this.#isTooLarge()) this.#forgetOldest();
    if (this.#changes % SWEEP_EVERY === 0) this.#forgetIdle(step);
  }

  #newSeries(): Series {
    return new Series(this.#limits.records);
  }

  #seriesIn(owner: Owner, scope: string): Series {
    owner.scopes ??= new Map();
    const known = owner.scopes.get(scope);
    if (known !== undefined) return known;
    const series = this.#newSeries();
    owner.scopes.set(scope, series);
    return series;
  }

  #use(key: string, step: number): Owner {
    this.#changes += 1;
    const known = this.#owners.get(key);
    if (known !== undefined) known.lastStep = Math.max(known.lastStep, step);
    if (known !== undefined && this.#changes - known.movedAt <= this.#owners.size / 4) return known;
    const owner = known ?? { own: undefined, scopes: undefined, movedAt: 0, lastStep: step };
    owner.movedAt = this.#changes;
    if (known !== undefined) this.#owners.delete(key);
    this.#owners.set(key, owner);
    return owner;
  }

  /** Nothing that they did can be asked for any more. */
  #forgetIdle(step: number): void {
    for (const { lastStep } of this.#owners.values()) {
      if (lastStep >= step - LONGEST_MS / STEP_MS) return;
      this.#forgetOldest();
    }
  }

  #isTooLarge(): boolean {
    return this.#owners.size > this.#limits.most || this.#numbers > this.#limits.numbers;
  }

  #forgetOldest(): void {
    const [oldest] = this.#owners;
    if (oldest === undefined) return;
    const [key, { own, scopes }] = oldest;
    for (const series of [own, ...(scopes?.values() ?? [])]) this.#numbers -= series?.size ?? 0;
    this.#owners.delete(key);
  }
}
