/**
 * Erases the content of one person's stored events: each is replaced by its redacted form, which has the same id and the
 * same signatures. What the auth rules and state resolution look at is what redaction keeps.
 */
import { restorePdu } from '../protocol/events.ts';
import type { UserId } from '../protocol/ids/user-id.ts';
import { own, withKeys, type JsonObject } from '../protocol/json.ts';
import { redact } from '../protocol/redaction.ts';
import type { RoomVersionRules } from '../protocol/room-versions.ts';
import { canonicalText } from '../protocol/canonical-json.ts';
import type { ErasableEvents, EventRecord } from './graph/ports.ts';
import type { RoomRegistry } from './room-registry.ts';

export interface ErasureDeps {
  readonly events: ErasableEvents;
  readonly registry: Pick<RoomRegistry, 'get' | 'graphOf'>;
}

/** State that rooms work by: what redaction would take from it, rooms would lack. */
const WORKING_STATE: ReadonlySet<string> = new Set([
  'm.room.create',
  'm.room.server_acl',
  'm.room.policy',
  'org.matrix.msc4284.policy',
  'm.room.third_party_invite',
  'm.room.tombstone',
  'm.room.encryption',
  'm.room.canonical_alias',
  'm.room.guest_access',
  'm.space.child',
  'm.space.parent',
]);
const POLICY_RULE = /^(?:m\.policy\.rule|org\.matrix\.mjolnir\.rule|m\.room\.rule)\./;

/** Replaced in one write. */
const AT_ONCE = 200;

export async function eraseEventsOf(
  { events, registry }: ErasureDeps,
  userId: UserId,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<{ erased: number; stateLeft: number }> {
  let erased = 0;
  let stateLeft = 0;
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: Awaited<ReturnType<ErasableEvents['eventsOf']>> = await events.eventsOf(userId, after);
    const working = page.events.filter(isWorkingState);
    stateLeft += working.length;
    const changes = page.events.flatMap((record) => {
      const rules = registry.get(record.roomId)?.rules;
      if (rules === undefined || isWorkingState(record)) return [];
      const raw = erasedForm(record.raw, rules);
      return canonicalText(raw) === canonicalText(record.raw) ? [] : [{ ...record, raw }];
    });
    for (let i = 0; i < changes.length && !dryRun; i += AT_ONCE) {
      const some = changes.slice(i, i + AT_ONCE);
      await events.replaceContent(some);
      for (const change of some) await forget(registry, change);
    }
    erased += changes.length;
    after = page.next;
  }
  return { erased, stateLeft };
}

function isWorkingState({ type, stateKey }: Pick<EventRecord, 'type' | 'stateKey'>): boolean {
  return stateKey !== undefined && (WORKING_STATE.has(type) || POLICY_RULE.test(type));
}

/** What a redaction is about is no word of its sender; older room versions would not keep it. */
function erasedForm(raw: JsonObject, rules: RoomVersionRules): JsonObject {
  const form = redact(raw, rules.redaction);
  const target = own(raw, 'redacts');
  return target === undefined ? form : withKeys(form, new Map([['redacts', target]]));
}

/** Readers of the room see what is left. */
async function forget(
  registry: ErasureDeps['registry'],
  { roomId, eventId, raw, stateKey }: EventRecord,
): Promise<void> {
  const graph = await registry.graphOf(roomId);
  if (graph === undefined) return;
  graph.events.evict(eventId);
  if (stateKey === undefined) return;
  const { room } = graph;
  const restored = restorePdu(raw, room.rules, eventId);
  await room.exclusive(async () => {
    graph.events.evict(eventId);
    const type = restored.ok ? restored.pdu.type : '';
    if (restored.ok && room.currentOf(type, stateKey)?.eventId === eventId) room.putState(restored.pdu, stateKey);
  });
}
