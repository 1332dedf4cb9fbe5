import type { PeoplePositions, PeopleStore, PersonInRoom } from '../../policy/memory/ports.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';

export class MemoryPeopleStore implements PeopleStore {
  readonly #people = new Map<UserId, Map<RoomId, PersonInRoom>>();
  readonly #rooms = new Map<RoomId, number>();
  #positions: PeoplePositions = { verdicts: 0, events: 0 };

  async ofUsers(userIds: readonly UserId[]): Promise<readonly PersonInRoom[]> {
    return userIds.flatMap((userId) => [...(this.#people.get(userId)?.values() ?? [])]);
  }

  async roomsSince(): Promise<ReadonlyMap<RoomId, number>> {
    return new Map(this.#rooms);
  }

  async positions(): Promise<PeoplePositions> {
    return this.#positions;
  }

  async put({ people, rooms, positions }: Parameters<PeopleStore['put']>[0]): Promise<void> {
    for (const person of people) {
      const known = this.#people.get(person.userId) ?? new Map<RoomId, PersonInRoom>();
      this.#people.set(person.userId, known.set(person.roomId, person));
    }
    for (const [roomId, since] of rooms) this.#rooms.set(roomId, since);
    this.#positions = positions;
  }
}
