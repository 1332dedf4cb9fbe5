/** Everything that is kept of one community, page by page: settings, verdicts, the queue, what moderators did and decided. */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { RuleDecisionStore } from '../lists/ports.ts';
import type { ActionLogStore, QueueStore, VerdictSearch } from '../moderation/ports.ts';
import type { SettingsStore } from '../settings/ports.ts';
import type { Verdict } from '../verdict.ts';

export interface ExportDeps {
  readonly search: VerdictSearch;
  readonly queue: Pick<QueueStore, 'list'>;
  readonly actions: Pick<ActionLogStore, 'list'>;
  readonly ruleDecisions: Pick<RuleDecisionStore, 'all'>;
  readonly settings: Pick<SettingsStore, 'history'>;
  readonly roomsOfCommunity: (community: string) => readonly RoomId[];
  /** Spaces with settings of their own. */
  readonly spacesOfCommunity: (community: string) => readonly RoomId[];
}

export const SECTIONS = ['settings', 'verdicts', 'queue', 'actions', 'list_decisions'] as const;
export type Section = (typeof SECTIONS)[number];

/** Where an export goes on. */
export interface ExportCursor {
  readonly section: Section;
  /** Of what is listed newest first: the position before which to go on. */
  readonly before: number | undefined;
}

export interface ExportPage {
  /** Plain JSON, one line each. */
  readonly lines: readonly (object & { readonly kind: string })[];
  /** `undefined` at the end. A page may be empty and yet not the last. */
  readonly next: ExportCursor | undefined;
}

const PAGE = 200;
/** Revisions of one scope. */
const MOST_REVISIONS = 10_000;

export const FIRST_PAGE: ExportCursor = { section: 'settings', before: undefined };

export function parseCursor(text: string): ExportCursor | undefined {
  const [, name, before] = /^([a-z_]+)(?:-(\d{1,15}))?$/.exec(text) ?? [];
  const section = SECTIONS.find((one) => one === name);
  return section === undefined ? undefined : { section, before: before === undefined ? undefined : Number(before) };
}

export function formatCursor({ section, before }: ExportCursor): string {
  return before === undefined ? section : `${section}-${String(before)}`;
}

/** Whether anything was ever kept of a community: deleted ones have a history still. */
export async function wasEverKept(
  { settings, actions, ruleDecisions }: Pick<ExportDeps, 'settings' | 'actions' | 'ruleDecisions'>,
  community: string,
): Promise<boolean> {
  if ((await settings.history(`community/${community}`, 1)).length > 0) return true;
  if ((await actions.list({ community, before: undefined, limit: 1 })).length > 0) return true;
  return (await ruleDecisions.all()).some(({ scope }) => scope === community);
}

export async function exportPage(deps: ExportDeps, community: string, cursor: ExportCursor): Promise<ExportPage> {
  const { section, before } = cursor;
  const { lines, next } = await READERS[section](deps, community, before);
  if (next !== undefined) return { lines, next: { section, before: next } };
  const following = SECTIONS[SECTIONS.indexOf(section) + 1];
  return { lines, next: following === undefined ? undefined : { section: following, before: undefined } };
}

type Lines = { readonly lines: ExportPage['lines']; readonly next: number | undefined };
type Reader = (deps: ExportDeps, community: string, before: number | undefined) => Promise<Lines>;

const READERS: Readonly<Record<Section, Reader>> = {
  settings: async ({ settings, roomsOfCommunity, spacesOfCommunity }, community) => {
    const scopes = [
      `community/${community}`,
      ...spacesOfCommunity(community).map((roomId) => `space/${roomId}`),
      ...roomsOfCommunity(community).map((roomId) => `room/${roomId}`),
    ];
    const lines: ExportPage['lines'][number][] = [];
    for (const scope of scopes) {
      for (const revision of (await settings.history(scope, MOST_REVISIONS)).toReversed()) {
        const document: unknown = revision.document === null ? null : JSON.parse(revision.document);
        lines.push(Object.assign({ kind: 'settings' }, revision, { document }));
      }
    }
    return { lines, next: undefined };
  },
  verdicts: async ({ search, roomsOfCommunity }, community, before) => {
    const wanted = { sender: undefined, decidedBy: undefined, outcome: undefined, noteworthyOnly: false };
    const { verdicts, next } = await search.search({
      ...{ ...wanted, rooms: roomsOfCommunity(community), before, limit: PAGE },
    });
    return { lines: verdicts.map(({ verdict }) => ({ kind: 'verdict', ...verdictLine(verdict) })), next };
  },
  queue: async ({ queue, roomsOfCommunity }, community, before) => {
    const items = await queue.list({ rooms: roomsOfCommunity(community), status: undefined, before, limit: PAGE });
    const lines = items.map(({ verdict, kind, ...item }) => {
      const { eventId, reference, revision } = verdict;
      return { kind: 'queue', item: kind, ...nullable(item), event_id: eventId, reference, revision };
    });
    return { lines, next: items.length < PAGE ? undefined : items.at(-1)?.id };
  },
  actions: async ({ actions }, community, before) => {
    const entries = await actions.list({ community, before, limit: PAGE });
    const lines = entries.map((entry) => ({ kind: 'action', ...entry }));
    return { lines, next: entries.length < PAGE ? undefined : entries.at(-1)?.id };
  },
  list_decisions: async ({ ruleDecisions }, community) => {
    const decisions = (await ruleDecisions.all()).filter(({ scope }) => scope === community);
    const lines = decisions.map(({ ruleEventId, ...decision }) => {
      return { kind: 'list_decision', ...decision, rule_event_id: ruleEventId };
    });
    return { lines, next: undefined };
  },
};

function verdictLine(verdict: Verdict): object {
  const { eventId, referenceHash, roomId, roomVersion, decision, decidedBy, askedBy, decidedAt, ...rest } = verdict;
  return {
    ...{ event_id: eventId, reference_hash: referenceHash, room_id: roomId, room_version: roomVersion, ...rest },
    decision:
      decision.outcome === 'sign' ? { ...decision, publicKey: undefined, public_key: decision.publicKey } : decision,
    ...{ decided_by: decidedBy, asked_by: askedBy, decided_at: decidedAt },
  };
}

/** JSON has no `undefined`; keys are in snake_case. */
function nullable(item: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(item).map(([key, value]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value ?? null,
    ]),
  );
}
