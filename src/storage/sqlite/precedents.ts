import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Precedent, PrecedentStore } from '../../policy/moderation/ports.ts';
import type { ActionFor } from '../../policy/ports.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import { ActionRows } from './action-log.ts';
import type { GroupCommit } from './group-commit.ts';
import { readEach, reading } from './reading.ts';
import { integerOf, optionalTextOf, textOf, type Row } from './row.ts';

export class SqlitePrecedentStore implements PrecedentStore {
  readonly #group: GroupCommit;
  readonly #actions: ActionRows;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #end: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#actions = new ActionRows(connection);
    this.#insert = connection.prepare(
      `INSERT INTO precedents (fingerprint, action, sender, community, room_id, reference, decided_on, made_by, note,
         made_at, until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#select = connection.prepare('SELECT * FROM precedents WHERE until > ? ORDER BY id');
    this.#end = connection.prepare('UPDATE precedents SET until = ?1 WHERE id = ?2 AND until > ?1');
  }

  async holding(after: number): Promise<readonly Precedent[]> {
    return await readEach(
      reading(() => this.#select.all(after)),
      toPrecedent,
    );
  }

  async add(precedent: Omit<Precedent, 'id'>): Promise<Precedent> {
    return await this.#group.run(() => this.insert(precedent));
  }

  /** Inside a write. */
  insert(precedent: Omit<Precedent, 'id'>): Precedent {
    const { fingerprint, action, sender, community, roomId, reference, decidedOn, by, note, madeAt, until } = precedent;
    const who = [sender ?? null, community ?? null, roomId, reference, decidedOn, by, note] as const;
    const { lastInsertRowid } = this.#insert.run(fingerprint, action, ...who, madeAt, until);
    return { ...precedent, id: Number(lastInsertRowid) };
  }

  async end(id: number, at: number, actionFor?: ActionFor<number>): Promise<boolean> {
    return await this.#group.run(() => {
      if (this.#end.run(at, id).changes === 0) return false;
      if (actionFor !== undefined) this.#actions.insert(actionFor(id));
      return true;
    });
  }
}

/** What this class has stored is of the type that it was stored as; ids are not parsed again. */
function toPrecedent(row: Row): Precedent {
  return {
    id: integerOf(row, 'id'),
    fingerprint: textOf(row, 'fingerprint'),
    action: textOf(row, 'action') === 'allow' ? 'allow' : 'refuse',
    sender: optionalTextOf(row, 'sender') as UserId | undefined,
    community: optionalTextOf(row, 'community'),
    roomId: textOf(row, 'room_id') as RoomId,
    reference: textOf(row, 'reference'),
    decidedOn: textOf(row, 'decided_on') as EventId,
    by: textOf(row, 'made_by'),
    note: textOf(row, 'note'),
    madeAt: integerOf(row, 'made_at'),
    until: integerOf(row, 'until'),
  };
}
