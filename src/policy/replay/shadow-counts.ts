/** What rules in shadow would have done to events that were really sent. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import { EventReading } from '../reading/event-reading.ts';
import { REGULARS } from '../regulars.ts';
import type { ShadowMatch, Verdict } from '../verdict.ts';
import { exampleOf, personIn, whoIs } from './examples.ts';
import type { ReplayEntry, ReplayLog } from './ports.ts';
import { nobody, total, type Example, type PeopleCounts, type Who } from './report.ts';
import { storedPdu } from './stored-event.ts';

export interface ShadowRule {
  readonly rule: string;
  /** What it would have done. */
  readonly action: ShadowMatch['action'];
  readonly people: PeopleCounts;
  /** Of these events so many were refused by another rule anyway. */
  readonly refusedAnyway: number;
  readonly lastAt: number;
  /** The latest of each kind of people. */
  readonly examples: readonly Omit<Example, 'change'>[];
}

export interface ShadowCounts {
  readonly since: number;
  /** False where there were more than could be looked at: the latest are left out. */
  readonly isComplete: boolean;
  /** Most matches first. */
  readonly rules: readonly ShadowRule[];
}

const CHUNK = 200;
const MOST = 20_000;
const EXAMPLES_OF_EACH = 5;

export async function shadowCounts(
  log: ReplayLog,
  { since, rooms }: { readonly since: number; readonly rooms: ReadonlySet<RoomId> | undefined },
): Promise<ShadowCounts> {
  const upTo = await log.lastPosition();
  const rules = new Map<string, RuleCounter>();
  let after = await log.positionBefore(since);
  for (let looked = 0; looked < MOST; looked += CHUNK) {
    const entries = await log.read({ after, upTo, limit: CHUNK, withEvents: true, shadowedOnly: true });
    const meant = entries.filter(({ verdict }) => verdict.decidedAt >= since && rooms?.has(verdict.roomId) !== false);
    const firstSeen = await firstSeenOf(log, meant);
    for (const entry of meant) count(rules, entry, firstSeen);
    after = entries.at(-1)?.position ?? upTo;
    if (entries.length < CHUNK) return { since, isComplete: true, rules: counted(rules) };
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { since, isComplete: false, rules: counted(rules) };
}

/** When people were first seen anywhere: what is known now of then. */
async function firstSeenOf(log: ReplayLog, entries: readonly ReplayEntry[]): Promise<ReadonlyMap<UserId, number>> {
  const firstSeen = new Map<UserId, number>();
  const senders = [...new Set(entries.map(({ verdict }) => verdict.sender))];
  for (const { userId, firstSeenAt } of await log.people(senders)) {
    if (firstSeenAt !== null) firstSeen.set(userId, Math.min(firstSeenAt, firstSeen.get(userId) ?? firstSeenAt));
  }
  return firstSeen;
}

interface RuleCounter {
  readonly rule: string;
  readonly action: ShadowMatch['action'];
  readonly people: Record<Who, number>;
  refusedAnyway: number;
  lastAt: number;
  readonly examples: Record<Who, Omit<Example, 'change'>[]>;
}

function count(
  rules: Map<string, RuleCounter>,
  { verdict, event: text }: ReplayEntry,
  firstSeen: ReadonlyMap<UserId, number>,
): void {
  const firstSeenInCommunityAt = firstSeen.get(verdict.sender) ?? null;
  const who = whoIs(verdict, personIn(verdict) ?? { firstSeenInCommunityAt, messagesInCommunity: 0 }, REGULARS);
  for (const { rule, action } of verdict.shadow) {
    const key = `${action} ${rule}`;
    const counter = rules.get(key) ?? newCounter(rule, action);
    rules.set(key, counter);
    counter.people[who] += 1;
    counter.lastAt = Math.max(counter.lastAt, verdict.decidedAt);
    if (verdict.decision.outcome === 'refuse') counter.refusedAnyway += 1;
    counter.examples[who].push({ rule, who, ...exampleOf(verdict, readingOf(verdict, text)) });
    if (counter.examples[who].length > EXAMPLES_OF_EACH) counter.examples[who].shift();
  }
}

function newCounter(rule: string, action: ShadowMatch['action']): RuleCounter {
  const examples = { moderator: [], regular: [], newcomer: [] };
  return { rule, action, people: nobody(), refusedAnyway: 0, lastAt: 0, examples };
}

function readingOf(verdict: Verdict, text: string | undefined): EventReading | undefined {
  const pdu = text === undefined ? undefined : storedPdu(text, verdict);
  return pdu === undefined ? undefined : new EventReading(pdu);
}

function counted(rules: ReadonlyMap<string, RuleCounter>): readonly ShadowRule[] {
  return [...rules.values()]
    .map(({ examples, ...rest }) => ({
      ...rest,
      examples: [...examples.moderator, ...examples.regular, ...examples.newcomer],
    }))
    .sort((a, b) => total(b.people) - total(a.people));
}
