import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import type { LoggedVerdict, VerdictLog } from '../../policy/memory/ports.ts';
import type { JudgedEvents, VerdictStore } from '../../policy/ports.ts';
import type { Evidence, Refusal, Verdict } from '../../policy/verdict.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import type { GroupCommit } from './group-commit.ts';
import { CHUNK, nextTurn, reading } from './reading.ts';
import { integerOf, optionalIntegerOf, optionalTextOf, textOf, type Row } from './row.ts';

const INSERT = `
  INSERT INTO verdicts (event_id, revision, reference, reference_hash, room_id, room_version, sender, type, signature,
    public_key, refusal, decided_by, evidence, flags, shadow, facts, configuration, asked_by, decided_at, took_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (event_id, revision) DO NOTHING`;

export class SqliteVerdictStore implements VerdictStore, VerdictLog {
  readonly #group: GroupCommit;
  readonly #insert: StatementSync;
  readonly #selectRevision: StatementSync;
  readonly #selectLatest: StatementSync;
  readonly #selectHistory: StatementSync;
  readonly #selectByReference: StatementSync;
  readonly #selectLog: StatementSync;
  readonly #selectLast: StatementSync;
  readonly #insertEvent: StatementSync;
  readonly #selectEvent: StatementSync;
  readonly judgedEvents: JudgedEvents = {
    find: async (eventId) => {
      const row = reading(() => this.#selectEvent.all(eventId))[0];
      return row === undefined ? undefined : textOf(row, 'event');
    },
  };
  /** The latest verdicts about events: many servers ask about the same event within seconds. */
  readonly #latest: LRUCache<EventId, Verdict>;
  readonly #positions = new WeakMap<Verdict, number>();

  constructor(connection: DatabaseSync, group: GroupCommit, options: { cachedVerdicts: number }) {
    this.#group = group;
    this.#latest = new LRUCache({ max: options.cachedVerdicts });
    this.#insert = connection.prepare(INSERT);
    this.#selectRevision = connection.prepare('SELECT * FROM verdicts WHERE event_id = ? AND revision = ?');
    this.#selectLatest = connection.prepare('SELECT * FROM verdicts WHERE event_id = ? ORDER BY revision DESC LIMIT 1');
    this.#selectHistory = connection.prepare('SELECT * FROM verdicts WHERE event_id = ? ORDER BY revision');
    this.#insertEvent = connection.prepare('INSERT INTO judged_events VALUES (?, ?)');
    this.#selectEvent = connection.prepare(
      'SELECT event FROM judged_events JOIN verdicts ON id = verdict_id WHERE event_id = ? ORDER BY revision LIMIT 1',
    );
    this.#selectByReference = connection.prepare(
      `SELECT * FROM verdicts WHERE event_id IN (SELECT event_id FROM verdicts WHERE reference = ?)
       ORDER BY event_id, revision`,
    );
    this.#selectLog = connection.prepare('SELECT * FROM verdicts WHERE id > ? ORDER BY id LIMIT ?');
    this.#selectLast = connection.prepare('SELECT coalesce(max(id), 0) AS last FROM verdicts');
  }

  async find(eventId: EventId): Promise<Verdict | undefined> {
    const cached = this.#latest.get(eventId);
    if (cached !== undefined && !this.#group.isClosed) return cached;
    const row = reading(() => this.#selectLatest.all(eventId))[0];
    if (row === undefined) return undefined;
    // It may have been written a moment ago: no verdict is answered that a power cut could take back.
    await this.#group.durable();
    const verdict = toVerdict(row);
    this.#latest.set(eventId, verdict);
    return verdict;
  }

  async findByReference(reference: string): Promise<readonly Verdict[]> {
    return reading(() => this.#selectByReference.all(reference)).map(toVerdict);
  }

  async history(eventId: EventId): Promise<readonly Verdict[]> {
    return reading(() => this.#selectHistory.all(eventId)).map(toVerdict);
  }

  async add(verdict: Verdict, event?: string): Promise<Verdict> {
    const values = toValues(verdict);
    const stored = await this.#group.run(() => {
      if (this.#insertNow(verdict, values, event)) return verdict;
      const first = this.#selectRevision.get(verdict.eventId, verdict.revision);
      if (first === undefined) throw new Error('a verdict was neither stored nor there before');
      return toVerdict(first);
    });
    if (stored === verdict) this.remember(verdict);
    return stored;
  }

  /** Inside a write; false where there is one of that revision. Once it is durable it is to be remembered. */
  insert(verdict: Verdict): boolean {
    return this.#insertNow(verdict, toValues(verdict), undefined);
  }

  #insertNow(verdict: Verdict, values: readonly SQLInputValue[], event: string | undefined): boolean {
    const { changes, lastInsertRowid } = this.#insert.run(...values);
    if (changes === 0) return false;
    this.#positions.set(verdict, Number(lastInsertRowid));
    if (event !== undefined) this.#insertEvent.run(lastInsertRowid, event);
    return true;
  }

  /** What was quoted of these events is kept no more. */
  forgetCached(eventIds: readonly EventId[]): void {
    for (const eventId of eventIds) this.#latest.delete(eventId);
  }

  positionOf(verdict: Verdict): number | undefined {
    return this.#positions.get(verdict);
  }

  async lastPosition(): Promise<number> {
    const [row] = reading(() => this.#selectLast.all());
    return row === undefined ? 0 : integerOf(row, 'last');
  }

  async log(after: number, limit: number): Promise<readonly LoggedVerdict[]> {
    const logged: LoggedVerdict[] = [];
    for (let from = after; logged.length < limit;) {
      const wanted = Math.min(CHUNK, limit - logged.length);
      const rows = reading(() => this.#selectLog.all(from, wanted));
      for (const row of rows) logged.push({ position: integerOf(row, 'id'), verdict: toVerdict(row) });
      if (rows.length < wanted) break;
      from = logged.at(-1)?.position ?? from;
      if (logged.length < limit) await nextTurn();
    }
    // What was read may have been written a moment ago.
    await this.#group.durable();
    return logged;
  }

  /** What is durable. */
  remember(added: Verdict): void {
    const cached = this.#latest.get(added.eventId);
    if (cached === undefined || cached.revision < added.revision) this.#latest.set(added.eventId, added);
  }
}

function toValues(verdict: Verdict): readonly SQLInputValue[] {
  const { decision } = verdict;
  const refusal: Refusal | undefined =
    decision.outcome === 'refuse' ? { message: decision.message, harms: decision.harms } : undefined;
  return [
    verdict.eventId,
    verdict.revision,
    verdict.reference,
    verdict.referenceHash === hashInEventId(verdict.eventId) ? null : verdict.referenceHash,
    verdict.roomId,
    verdict.roomVersion,
    verdict.sender,
    verdict.type,
    decision.outcome === 'sign' ? decision.signature : null,
    decision.outcome === 'sign' ? decision.publicKey : null,
    refusal === undefined ? null : JSON.stringify(refusal),
    verdict.decidedBy,
    jsonOf(verdict.evidence),
    jsonOf(verdict.flags),
    jsonOf(verdict.shadow),
    JSON.stringify(verdict.facts),
    verdict.configuration,
    verdict.askedBy,
    verdict.decidedAt,
    verdict.tookMs ?? null,
  ];
}

/** NULL for an empty list, as most are. */
export function jsonOf(list: readonly object[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list);
}

/** What this class has stored is of the type that it was stored as; ids are not parsed again. */
export function toVerdict(row: Row): Verdict {
  const eventId = textOf(row, 'event_id') as EventId;
  const evidence = optionalTextOf(row, 'evidence');
  const flags = optionalTextOf(row, 'flags');
  const shadow = optionalTextOf(row, 'shadow');
  const tookMs = optionalIntegerOf(row, 'took_ms');
  return {
    eventId,
    referenceHash: optionalTextOf(row, 'reference_hash') ?? hashInEventId(eventId),
    revision: integerOf(row, 'revision'),
    roomId: textOf(row, 'room_id') as RoomId,
    roomVersion: textOf(row, 'room_version'),
    sender: textOf(row, 'sender') as UserId,
    type: textOf(row, 'type'),
    reference: textOf(row, 'reference'),
    decision: toDecision(row),
    decidedBy: textOf(row, 'decided_by'),
    evidence: evidence === undefined ? [] : (JSON.parse(evidence) as readonly Evidence[]),
    flags: flags === undefined ? [] : (JSON.parse(flags) as Verdict['flags']),
    shadow: shadow === undefined ? [] : (JSON.parse(shadow) as Verdict['shadow']),
    facts: JSON.parse(textOf(row, 'facts')) as Verdict['facts'],
    configuration: textOf(row, 'configuration'),
    askedBy: textOf(row, 'asked_by') as ServerName,
    decidedAt: integerOf(row, 'decided_at'),
    ...(tookMs === undefined ? {} : { tookMs }),
  };
}

function toDecision(row: Row): Verdict['decision'] {
  const refusal = optionalTextOf(row, 'refusal');
  if (refusal === undefined) {
    return { outcome: 'sign', signature: textOf(row, 'signature'), publicKey: textOf(row, 'public_key') };
  }
  const { message, harms } = JSON.parse(refusal) as Refusal;
  return { outcome: 'refuse', message, harms };
}

/** From room version 3 on an event id is made of the reference hash, in URL-safe base64 or (version 3) the plain one. */
function hashInEventId(eventId: EventId): string {
  return eventId.slice(1).replaceAll('-', '+').replaceAll('_', '/');
}
