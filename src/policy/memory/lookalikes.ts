/** Whether a name looks like that of somebody who moderates the room. */
import { editDistance } from '../../config/nearest.ts';
import { localpartOf } from '../../protocol/ids/user-id.ts';
import type { LookalikeMatch } from '../answers.ts';
import type { Moderator, RoomFacts } from '../ports.ts';
import type { Source } from '../questions.ts';
import { namedUser } from '../reading/judged-names.ts';
import { normaliseText } from '../reading/normalised-text.ts';

interface KnownName {
  readonly userId: string;
  readonly name: string;
  readonly skeleton: string;
}

/** Names of moderators that are no longer in use go with the list that they were in. */
const known = new WeakMap<readonly Moderator[], readonly KnownName[]>();

/** Longest name that is compared, in UTF-16 units: more than any client shows. */
const MAX_LENGTH = 256;

export const lookalikes: Source<'lookalike'> = ({ name, likeness }, { event, room }) => {
  const wearer = namedUser(event.pdu);
  // Moderators may call themselves what they like, another moderator's second account too.
  if (room.moderators().some(({ userId }) => userId === wearer)) return { state: 'known', value: null };
  const skeleton = skeletonOf(name.slice(0, MAX_LENGTH));
  let best: { likeness: number; match: LookalikeMatch } | undefined;
  for (const one of namesIn(room)) {
    const found = likenessOf(skeleton, one.skeleton, likeness);
    if (found < likeness || found <= (best?.likeness ?? 0)) continue;
    best = { likeness: found, match: { userId: one.userId, name: one.name } };
  }
  return { state: 'known', value: best?.match ?? null };
};

function namesIn(room: RoomFacts): readonly KnownName[] {
  const moderators = room.moderators();
  let names = known.get(moderators);
  if (names === undefined) {
    names = moderators.flatMap(namesOf);
    known.set(moderators, names);
  }
  return names;
}

/** The user id is a name too: that is how people look who set none, and how others introduce themselves. */
function namesOf({ userId, displayName }: Moderator): KnownName[] {
  const names = [displayName ?? localpartOf(userId), userId];
  return names.flatMap((name) => {
    const skeleton = skeletonOf(name.slice(0, MAX_LENGTH));
    return skeleton === '' ? [] : [{ userId, name, skeleton }];
  });
}

/** 0 to 100; not worked out where the lengths alone say that it is below what is wanted. */
function likenessOf(one: string, other: string, wanted: number): number {
  if (one === other) return 100;
  const longest = Math.max(one.length, other.length);
  if (longest === 0 || 100 * (longest - Math.abs(one.length - other.length)) < wanted * longest) return 0;
  return Math.floor((100 * (longest - editDistance(one, other))) / longest);
}

/** Letters and digits alone, those that are taken for another made the same. */
export function skeletonOf(name: string): string {
  return normaliseText(name)
    .text.replace(/[|i1034579]/g, (character) => TAKEN_FOR.get(character) ?? character)
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replace(/[^\p{L}\p{N}]+/gu, '');
}

/** Digits and signs that stand for letters; `i` and `l` are one in many fonts. */
const TAKEN_FOR: ReadonlyMap<string, string> = new Map([
  ...(['i', '1', '|'] as const).map((character) => [character, 'l'] as const),
  ['0', 'o'],
  ['3', 'e'],
  ['4', 'a'],
  ['5', 's'],
  ['7', 't'],
  ['9', 'g'],
]);
