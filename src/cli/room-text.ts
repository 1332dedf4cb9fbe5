/** Rooms as people read them. */
import type { Attempts, GraphAnswer, RoomAnswer } from './owner-answers.ts';
import { fields, printable, table } from './table.ts';

export function describeRooms(rooms: readonly RoomAnswer[]): string {
  if (rooms.length === 0) return 'The bot is in no room yet: invite it, or use gatehouse rooms join.';
  return table(
    ['ROOM', 'NAME', 'VERSION', 'BOT', 'MEMBERS', 'POLICY'],
    rooms.map((room) => [
      room.room_id,
      room.name ?? room.canonical_alias ?? '-',
      room.room_version,
      room.membership,
      String(room.joined_members),
      room.membership === 'left' ? '-' : room.policy.status,
    ]),
  );
}

export function describeRoom(room: RoomAnswer, policyContent: object, graph?: GraphAnswer): string {
  return [
    fields([
      ['room', room.room_id],
      ['name', room.name],
      ['alias', room.canonical_alias],
      ['version', room.room_version],
      ['bot', room.left_because === undefined ? room.membership : `${room.membership}: ${room.left_because}`],
      ['members', String(room.joined_members)],
      ['policy', policyInWords(room)],
      ...(graph === undefined ? [] : graphFields(graph)),
    ]),
    ...(graph === undefined ? [] : describeUnaccepted(graph)),
    '',
    room.policy.status === 'active'
      ? 'The content of its m.room.policy event:'
      : 'To protect the room, give it a state event of type m.room.policy, with an empty state key and this content\n' +
        '(in Element: /devtools, "Send custom state event"; it takes the right to send m.room.policy):',
    '',
    JSON.stringify(policyContent, undefined, 2),
  ].join('\n');
}

function graphFields({ events, extremities }: GraphAnswer): readonly (readonly [string, string])[] {
  const counts = Object.entries(events).map(([status, count]) => `${String(count)} ${statusInWords(status)}`);
  return [
    ['events', counts.length === 0 ? 'none' : counts.join(', ')],
    ['extremities', String(extremities)],
  ];
}

/** Statuses are written as keys in some places and as values in others. */
export function statusInWords(status: string): string {
  return status === 'softFailed' || status === 'soft_failed' ? 'soft-failed' : status;
}

function describeUnaccepted({ unaccepted }: GraphAnswer): readonly string[] {
  const [past, current] = [true, false].map((isPast) => unaccepted.filter((one) => one.is_from_before === isPast));
  return [
    ...eventsUnder('The latest events that were not accepted:', current),
    ...eventsUnder(
      'From before the bot joined, as far as their depth can be believed, and left in the past: no fault of the room.',
      past,
    ),
  ];
}

function eventsUnder(head: string, events: GraphAnswer['unaccepted'] = []): readonly string[] {
  if (events.length === 0) return [];
  const rows = events.map((event) => [
    new Date(event.received_at).toISOString(),
    statusInWords(event.status),
    event.type,
    event.event_id,
    event.reason ?? '-',
  ]);
  return ['', head, table(['RECEIVED', 'STATUS', 'TYPE', 'EVENT', 'REASON'], rows)];
}

function policyInWords({ policy, membership }: RoomAnswer): string {
  switch (policy.status) {
    case 'active':
      return membership === 'left'
        ? 'the room asks this server, but the bot is not in it'
        : 'active: this room is protected';
    case 'missing':
      return 'missing: this room is not protected';
    case 'mismatch':
      return `mismatch: ${policy.detail ?? 'the room names another server or key'}`;
  }
}

export function describeAttempts(what: string, attempts: Attempts): string {
  if (attempts.length === 0) return `${what}: no server is known to ask; name one with --via`;
  return `${what}: ${attempts.map(({ server, reason }) => printable(`${server}: ${reason}`)).join('; ')}`;
}
