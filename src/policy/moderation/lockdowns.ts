/**
 * Lockdown and slow mode: rules for a time, put in front of a room's own. They end by themselves, because the rules say
 * until when, and are there again after a restart.
 */
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { formatDuration } from '../filters/quantities.ts';
import { HARMS } from '../harms.ts';
import type { ActionFor } from '../ports.ts';
import type { TemporaryRules } from '../settings/policy-cache.ts';
import type { RuleInput } from '../rules/rule-document.ts';
import type { Lockdown, LockdownStore } from './ports.ts';

/** What newcomers are where a lockdown does not say: people of the last day, or who have hardly said anything yet. */
const NEWCOMERS = { joined_within: '24h', first_seen_within: '24h', fewer_messages_than: 3 };

export class Lockdowns {
  readonly #store: LockdownStore;
  #holding: readonly Lockdown[] = [];

  constructor(store: LockdownStore) {
    this.#store = store;
  }

  async load(now: number): Promise<void> {
    this.#holding = await this.#store.holding(now);
  }

  /** Those that hold, oldest first. */
  all(now: number): readonly Lockdown[] {
    return this.#holding.filter(({ until }) => until > now);
  }

  /** Those that hold in a room: its own, its community's, and the instance's. */
  of(roomId: RoomId, community: string | undefined, now: number): readonly Lockdown[] {
    return this.all(now).filter(({ scope }) => {
      if (scope === 'instance' || scope === `room/${roomId}`) return true;
      return community !== undefined && scope === `community/${community}`;
    });
  }

  /** In the place of others, which end. */
  async begin(
    lockdown: Omit<Lockdown, 'id'>,
    instead: readonly number[] = [],
    actionFor?: ActionFor<Lockdown>,
  ): Promise<Lockdown> {
    const begun = await this.#store.add(lockdown, instead, actionFor);
    this.#holding = [...this.all(lockdown.begunAt).filter(({ id }) => !instead.includes(id)), begun];
    return begun;
  }

  /** False where none of that id holds. */
  async end(id: number, at: number, actionFor?: ActionFor<number>): Promise<boolean> {
    if (!(await this.#store.end(id, at, actionFor))) return false;
    this.#holding = this.#holding.filter((lockdown) => lockdown.id !== id);
    return true;
  }
}

/** All of them as the nearest layer of settings; `undefined` where there are none. */
export function layerOfLockdowns(lockdowns: readonly Lockdown[]): TemporaryRules | undefined {
  if (lockdowns.length === 0) return undefined;
  const rules = Object.fromEntries(lockdowns.map(ruleOfLockdown));
  return {
    layer: { origin: 'lockdown', document: { rules } },
    until: Math.min(...lockdowns.map(({ until }) => until)),
  };
}

/** The rule that a lockdown is, by its name, as people write rules. */
export function ruleOfLockdown(lockdown: Lockdown): readonly [name: string, rule: RuleInput] {
  const { id, mode, who, intervalMs, until, note } = lockdown;
  const conditions: unknown[] = [{ time: { before: new Date(until).toISOString() } }];
  if (mode === 'slow') {
    const within = formatDuration(intervalMs);
    conditions.push({ event_type: { only: 'not_state', except: ['m.room.redaction'] } });
    conditions.push({ rate: { what: 'events', per: 'sender', across: 'room', more_than: 1, within } });
  }
  if (who === 'newcomers') conditions.push({ newcomer: NEWCOMERS });
  const rule = {
    description: note === '' ? `${mode} since a moderator said so` : note,
    when: { all: conditions },
    message: lockdown.message ?? defaultMessage(lockdown),
    harms: [HARMS.other],
    order: 2,
  };
  return [`${mode}-${String(id)}`, rule];
}

function defaultMessage({ mode, who, intervalMs }: Lockdown): string {
  if (mode === 'slow') {
    return `This room is in slow mode: one message every ${formatDuration(intervalMs)}. Please wait.`;
  }
  return who === 'newcomers'
    ? 'This room is closed to newcomers for a while. Please try again later.'
    : 'This room is closed for a while. Please try again later.';
}
