/** What the endpoints for moderators have in common: what they need, whose a thing is, pages, times and notes. */
import * as z from 'zod';
import { duration } from '../../policy/filters/quantities.ts';
import type { Explanation } from '../../policy/moderation/explanation.ts';
import type { LockdownDesk } from '../../policy/moderation/lockdown-desk.ts';
import type { Override, OverrideOutcome } from '../../policy/moderation/override-verdict.ts';
import type { ActionLogStore, Precedent, QueueStore, VerdictSearch } from '../../policy/moderation/ports.ts';
import type { Precedents } from '../../policy/moderation/precedents.ts';
import type { QueueDesk } from '../../policy/moderation/queue-desk.ts';
import type { Verdict } from '../../policy/verdict.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import { parseRoomId, type RoomId } from '../../protocol/ids/room-id.ts';
import type { EventDetails } from '../../rooms/inspection.ts';
import { matrixError } from '../errors.ts';
import type { Actor } from './admin-endpoint.ts';

export interface PlaceDeps {
  readonly communityOfRoom: (roomId: RoomId) => string | undefined;
  /** All rooms of a community that this server knows. */
  readonly roomsOfCommunity: (community: string) => readonly RoomId[];
  readonly isKnownRoom: (roomId: RoomId) => boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface VerdictDeps extends PlaceDeps {
  /** By event id (`$…`) or by reference, oldest first; empty where there is none. */
  readonly findVerdicts: (referenceOrEventId: string) => Promise<readonly Verdict[]>;
  readonly searchVerdicts: VerdictSearch['search'];
  readonly explain: (verdicts: readonly Verdict[]) => Promise<Explanation>;
  readonly showEvent: (eventId: EventId) => Promise<EventDetails | undefined>;
}

export interface OverridingDeps extends VerdictDeps {
  readonly override: (override: Override) => Promise<OverrideOutcome>;
}

export interface PrecedentDeps extends PlaceDeps {
  readonly precedents: Pick<Precedents, 'all' | 'get'>;
  /** False where it holds no more. */
  readonly endPrecedent: (
    precedent: Precedent,
    who: { readonly actor: string; readonly community: string | undefined; readonly note: string },
  ) => Promise<boolean>;
}

export interface LockdownDeps extends PlaceDeps {
  readonly lockdownDesk: LockdownDesk;
  readonly hasCommunity: (id: string) => boolean;
}

export interface QueueDeps extends OverridingDeps {
  readonly queue: Pick<QueueStore, 'find' | 'list' | 'waiting'>;
  readonly queueDesk: QueueDesk;
}

export interface ActionDeps {
  readonly actions: ActionLogStore;
}

export type ModerationDeps = QueueDeps & PrecedentDeps & LockdownDeps & ActionDeps;

const number = z.string().regex(/^\d{1,15}$/, { error: 'expected a number' });

export const pageFields = {
  limit: number.optional().describe('At most 200; 50 where it is left out.'),
  before: number.optional().describe('Where to go on: `next` of the page before.'),
};

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

export function pageOf(query: { readonly limit?: string | undefined; readonly before?: string | undefined }): {
  readonly limit: number;
  readonly before: number | undefined;
} {
  const limit = Math.min(Math.max(Number(query.limit ?? DEFAULT_LIMIT), 1), MAX_LIMIT);
  return { limit, before: query.before === undefined ? undefined : Number(query.before) };
}

export const nextField = z.int().nullable().describe('`before` of the next page; null at the end.');

export const noteText = z.string().max(500).default('').describe('Why, for those who look later.');

export const dryRunField = z.boolean().default(false).describe('Tells what would come of it, and changes nothing.');

export const roomIdQuery = z
  .string()
  .refine((text) => parseRoomId(text) !== undefined, { error: 'expected a room id such as "!abc:example.org"' });

/** A time of which there is a longest. */
export function durationUpTo(mostMs: number, most: string): z.ZodType<number, string> {
  return duration.refine((ms) => ms > 0 && ms <= mostMs, { error: `expected a time of at most ${most}` });
}

/** A number in a path. */
export function numberParam(request: { readonly params: Readonly<Record<string, string>> }, name: string): number {
  const text = request.params[name] ?? '';
  if (!/^\d{1,15}$/.test(text)) throw matrixError('M_INVALID_PARAM', 400, `${name} is no number.`);
  return Number(text);
}

/** Whether an actor may see what belongs to a community, or to none. */
export function isTheirs(actor: Actor, community: string | undefined): boolean {
  return actor.community === undefined || actor.community === community;
}

/** The verdicts that an actor may see; 404 where there are none, so that nobody learns of those of others. */
export async function verdictsFor(
  actor: Actor,
  referenceOrEventId: string,
  deps: Pick<VerdictDeps, 'findVerdicts' | 'communityOfRoom'>,
): Promise<readonly Verdict[]> {
  const found = await deps.findVerdicts(referenceOrEventId);
  const theirs = found.filter(({ roomId }) => isTheirs(actor, deps.communityOfRoom(roomId)));
  if (theirs.length > 0) return theirs;
  throw matrixError('M_NOT_FOUND', 404, 'There is no verdict of that reference or event.');
}

/** The same, where one event is meant. */
export async function verdictsOnOneEvent(
  actor: Actor,
  referenceOrEventId: string,
  deps: Pick<VerdictDeps, 'findVerdicts' | 'communityOfRoom'>,
): Promise<readonly Verdict[]> {
  const verdicts = await verdictsFor(actor, referenceOrEventId, deps);
  const events = [...new Set(verdicts.map(({ eventId }) => eventId))];
  if (events.length === 1) return verdicts;
  throw matrixError('ORG.GATEHOUSE.CONFLICT', 409, `Several events have that reference: ${events.join(', ')}`);
}

/** Rooms to look in: all where undefined. */
export function roomsFor(
  actor: Actor,
  wanted: { readonly room?: string | undefined; readonly community?: string | undefined },
  { communityOfRoom, roomsOfCommunity }: PlaceDeps,
): readonly RoomId[] | undefined {
  const community = actor.community ?? wanted.community;
  if (!isTheirs(actor, wanted.community ?? actor.community)) return [];
  if (wanted.room === undefined) return community === undefined ? undefined : roomsOfCommunity(community);
  const roomId = parseRoomId(wanted.room);
  if (roomId === undefined) return [];
  return community === undefined || communityOfRoom(roomId) === community ? [roomId] : [];
}
