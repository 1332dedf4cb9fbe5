/** What an override cannot undo, and who has to do something now: said to the moderator who made it. */
import type { Precedent } from './ports.ts';
import type { Override } from './override-verdict.ts';

export interface OverrideMade {
  readonly action: Override['action'];
  readonly covers: Override['covers'];
  readonly precedent: Omit<Precedent, 'id'> | undefined;
  /** What became of the event in our copy of the room; `undefined` where it has not come in. */
  readonly status: string | undefined;
}

export function notesOn({ action, covers, precedent, status }: OverrideMade): readonly string[] {
  return action === 'allow' ? notesOnAllowing(status, precedent) : notesOnRefusing(status, covers, precedent);
}

function notesOnAllowing(status: string | undefined, precedent: Omit<Precedent, 'id'> | undefined): readonly string[] {
  if (status === 'accepted') return ['The room has the event already.', ...notesOnPrecedent(precedent)];
  return [
    'Servers that ask again get the signature. Those that gave up or have soft-failed the event already do not ask ' +
      'again: its author must send it once more.',
    ...(status === undefined ? [] : [`In our own copy of the room the event is ${status}, and stays so.`]),
    ...(precedent === undefined
      ? ['What the author sends again is a new event, and is judged anew: nothing covers it.']
      : notesOnPrecedent(precedent)),
  ];
}

function notesOnRefusing(
  status: string | undefined,
  covers: Override['covers'],
  precedent: Omit<Precedent, 'id'> | undefined,
): readonly string[] {
  return [
    'Servers that have our signature already show the event' +
      `${status === 'accepted' ? ', and the room has it' : ''}: redact it to take it away there.`,
    ...(covers === 'this' ? ['The same content is judged anew when it is sent again.'] : notesOnPrecedent(precedent)),
  ];
}

function notesOnPrecedent(precedent: Omit<Precedent, 'id'> | undefined): readonly string[] {
  if (precedent === undefined) return [];
  const { action, sender, community, until } = precedent;
  const from = sender === undefined ? 'everyone' : sender;
  const where = community === undefined ? 'in this room' : `in the rooms of ${community}`;
  const done = action === 'allow' ? 'goes through' : 'is refused';
  return [`The same content from ${from} ${done} ${where} until ${new Date(until).toISOString()}.`];
}
