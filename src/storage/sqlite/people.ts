import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { PeoplePositions, PeopleStore, PersonInRoom } from '../../policy/memory/ports.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import type { GroupCommit } from './group-commit.ts';
import { reading } from './reading.ts';
import { integerOf, optionalIntegerOf, textOf, type Row } from './row.ts';

/** Names of its positions among those of all readers. */
export const VERDICTS_READ_BY_PEOPLE = 'people: verdicts';
const EVENTS = 'people: events';

const PUT = `
  INSERT INTO people (user_id, people_room_key, first_seen_at, joined_at, last_join_at, left_at, is_invited, messages)
  SELECT ?, people_room_key, ?, ?, ?, ?, ?, ? FROM people_rooms WHERE room_id = ?
  ON CONFLICT DO UPDATE SET first_seen_at = excluded.first_seen_at, joined_at = excluded.joined_at,
    last_join_at = excluded.last_join_at, left_at = excluded.left_at, is_invited = excluded.is_invited,
    messages = excluded.messages`;

export class SqlitePeopleStore implements PeopleStore {
  readonly #group: GroupCommit;
  readonly #selectUser: StatementSync;
  readonly #selectRooms: StatementSync;
  readonly #selectPosition: StatementSync;
  readonly #putPosition: StatementSync;
  readonly #putRoom: StatementSync;
  readonly #addRoom: StatementSync;
  readonly #putPerson: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#selectUser = connection.prepare(
      'SELECT people.*, room_id FROM people JOIN people_rooms USING (people_room_key) WHERE user_id = ?',
    );
    this.#selectRooms = connection.prepare('SELECT room_id, since FROM people_rooms WHERE since IS NOT NULL');
    this.#selectPosition = connection.prepare('SELECT position FROM readers WHERE name = ?');
    this.#putPosition = connection.prepare(
      'INSERT INTO readers VALUES (?, ?) ON CONFLICT DO UPDATE SET position = excluded.position',
    );
    this.#putRoom = connection.prepare(
      'INSERT INTO people_rooms (room_id, since) VALUES (?, ?) ON CONFLICT DO UPDATE SET since = excluded.since',
    );
    this.#addRoom = connection.prepare('INSERT INTO people_rooms (room_id) VALUES (?) ON CONFLICT DO NOTHING');
    this.#putPerson = connection.prepare(PUT);
  }

  async ofUsers(userIds: readonly UserId[]): Promise<readonly PersonInRoom[]> {
    return reading(() => userIds.flatMap((userId) => this.#selectUser.all(userId).map(toPerson)));
  }

  async roomsSince(): Promise<ReadonlyMap<RoomId, number>> {
    const rows = reading(() => this.#selectRooms.all());
    return new Map(rows.map((row) => [textOf(row, 'room_id') as RoomId, integerOf(row, 'since')]));
  }

  async positions(): Promise<PeoplePositions> {
    return { verdicts: this.#position(VERDICTS_READ_BY_PEOPLE), events: this.#position(EVENTS) };
  }

  async put({ people, rooms, positions }: Parameters<PeopleStore['put']>[0]): Promise<void> {
    await this.#group.run(() => {
      for (const [roomId, since] of rooms) this.#putRoom.run(roomId, since);
      for (const person of people) this.#write(person);
      this.#putPosition.run(VERDICTS_READ_BY_PEOPLE, positions.verdicts);
      this.#putPosition.run(EVENTS, positions.events);
    }, 'ahead');
  }

  #write(person: PersonInRoom): void {
    const { userId, roomId, firstSeenAt, joinedAt, lastJoinAt, leftAt, isInvited, messages } = person;
    const write = (): number | bigint =>
      this.#putPerson.run(userId, firstSeenAt, joinedAt, lastJoinAt, leftAt, isInvited ? 1 : 0, messages, roomId)
        .changes;
    if (write() !== 0) return;
    this.#addRoom.run(roomId);
    write();
  }

  #position(name: string): number {
    const row = reading(() => this.#selectPosition.get(name));
    return row === undefined ? 0 : integerOf(row, 'position');
  }
}

/** What this class has stored is of the type that it was stored as; ids are not parsed again. */
export function toPerson(row: Row): PersonInRoom {
  return {
    userId: textOf(row, 'user_id') as UserId,
    roomId: textOf(row, 'room_id') as RoomId,
    firstSeenAt: optionalIntegerOf(row, 'first_seen_at') ?? null,
    joinedAt: optionalIntegerOf(row, 'joined_at') ?? null,
    lastJoinAt: optionalIntegerOf(row, 'last_join_at') ?? null,
    leftAt: optionalIntegerOf(row, 'left_at') ?? null,
    isInvited: integerOf(row, 'is_invited') === 1,
    messages: integerOf(row, 'messages'),
  };
}
