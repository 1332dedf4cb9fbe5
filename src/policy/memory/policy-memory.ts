/** All that the policy remembers: what it is told of, what it answers, and how it begins and ends. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import { POLICY_KEY_ID } from '../../protocol/ids/key-id.ts';
import { own, ownObject } from '../../protocol/json.ts';
import type { Clock } from '../../telemetry/clock.ts';
import type { Asked, Sources, Subject } from '../questions.ts';
import type { Verdict } from '../verdict.ts';
import { Counters } from './counters.ts';
import { People } from './people.ts';
import type { LoggedVerdict, PeopleStore, StreamedEvent, VerdictLog } from './ports.ts';
import { measureIn } from './recorded-measure.ts';
import { LONGEST_MS } from './series.ts';
import { SimilarTexts } from './similar.ts';
import { VerdictFollower } from './verdict-follower.ts';

export interface PolicyMemoryDeps {
  readonly serverName: ServerName;
  readonly log: VerdictLog;
  readonly people: PeopleStore;
  readonly communityOf: (roomId: RoomId) => string | undefined;
  /** Resolves when the events stored until now were given to `takeEvents`. */
  readonly roomsRead: () => Promise<void>;
  readonly clock: Clock;
  readonly onFailure: (error: unknown) => void;
}

/** So many of the latest verdicts are read at the start, to count them again: a second or two, in which questions wait. */
const VERDICTS_AT_START = 50_000;

export class PolicyMemory {
  readonly sources: Pick<Sources, 'person' | 'count' | 'similar'>;
  readonly people: People;
  readonly counters: Counters;
  readonly #similar: SimilarTexts;
  /** Two, as each has read up to somewhere else when the process ends. */
  readonly #toPeople: VerdictFollower;
  readonly #toCounters: VerdictFollower;

  constructor({ serverName, log, people, communityOf, roomsRead, clock, onFailure }: PolicyMemoryDeps) {
    const startedAt = clock.now();
    this.people = new People({
      ...{ store: people, communityOf, clock, onFailure },
      isJudged: (event) => isSignedBy(event, serverName),
    });
    this.counters = new Counters({ startedAt, communityOf });
    this.#similar = new SimilarTexts({ communityOf });
    this.#toPeople = new VerdictFollower({
      ...{ log, onFailure },
      startAfter: async () => (await this.people.positions()).verdicts,
      take: (logged) => {
        this.people.takeVerdict(logged);
      },
    });
    this.#toCounters = new VerdictFollower({
      ...{ log, onFailure },
      startAfter: async () => Math.max(0, (await log.lastPosition()) - VERDICTS_AT_START),
      take: (logged) => {
        if (logged.verdict.decidedAt >= startedAt - LONGEST_MS) this.#count(logged);
      },
    });
    this.sources = {
      person: (_question, subject) =>
        afterwards(this.#toPeople, () => withMembership(subject, () => this.people.person(subject), roomsRead)),
      count: (question, subject) => afterwards(this.#toCounters, () => this.counters.count(question, subject)),
      similar: (question, subject) => afterwards(this.#toCounters, () => this.#similar.similar(question, subject)),
    };
  }

  /** Reads what it needs to know; questions that come before that wait for it. */
  async start(): Promise<void> {
    await Promise.all([this.#toPeople.start(), this.#toCounters.start()]);
  }

  /** A verdict was stored. */
  onVerdict(_subject: Subject, verdict: Verdict): void {
    this.#toPeople.tell(verdict);
    this.#toCounters.tell(verdict);
  }

  /** Up to where the stream of events has been taken in. */
  async streamPosition(): Promise<number> {
    return (await this.people.positions()).events;
  }

  /** Events of the stream, in order. */
  async takeEvents(events: readonly StreamedEvent[]): Promise<void> {
    await this.people.takeEvents(events);
  }

  /** Stores what is left. */
  async stop(): Promise<void> {
    await Promise.all([this.#toPeople.stop(), this.#toCounters.stop()]);
    await this.people.stop();
  }

  #count({ verdict }: LoggedVerdict): void {
    // Overrides are no events, and what is older than the protection happened at another time than it was asked about.
    if (verdict.revision !== 1 || verdict.decidedBy === 'history') return;
    const { roomId, sender, decidedAt: at } = verdict;
    const isRefused = verdict.decision.outcome === 'refuse';
    const happening = { roomId, sender, at, isRefused, measure: measureIn(verdict) };
    this.counters.add(happening);
    this.#similar.add(happening);
  }
}

/** Of who has joined a moment ago the room may know more than has been read: then that is waited for. */
function withMembership(
  { event, room }: Subject,
  ask: () => ReturnType<People['person']>,
  roomsRead: () => Promise<void>,
): ReturnType<People['person']> {
  const first = ask();
  if (room.membershipOf(event.pdu.sender) !== 'join') return first;
  const isKnown = (asked: Awaited<typeof first>): boolean => asked.state !== 'known' || asked.value.joinedAt !== null;
  const again = (asked: Awaited<typeof first>): ReturnType<People['person']> =>
    isKnown(asked) ? asked : roomsRead().then(ask);
  return first instanceof Promise ? first.then(again) : again(first);
}

function isSignedBy({ raw }: StreamedEvent, serverName: ServerName): boolean {
  const signatures = ownObject(ownObject(raw, 'signatures') ?? {}, serverName);
  return signatures !== undefined && own(signatures, POLICY_KEY_ID) !== undefined;
}

function afterwards<T>(
  follower: VerdictFollower,
  answer: () => Asked<T> | Promise<Asked<T>>,
): Asked<T> | Promise<Asked<T>> {
  const reading = follower.whenCaughtUp();
  return reading === undefined ? answer() : reading.then(answer);
}
