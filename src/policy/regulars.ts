/** Who is no newcomer any more. */
import type { PersonAnswer } from './answers.ts';

/** People with so many messages in the community, or first seen there so long ago. */
export interface Regulars {
  readonly messages: number;
  readonly knownForMs: number;
}

export const REGULARS: Regulars = { messages: 20, knownForMs: 7 * 86_400_000 };

export function isRegular(
  { messagesInCommunity, firstSeenInCommunityAt }: Pick<PersonAnswer, 'messagesInCommunity' | 'firstSeenInCommunityAt'>,
  now: number,
  { messages, knownForMs }: Regulars = REGULARS,
): boolean {
  const isKnown = firstSeenInCommunityAt !== null && now - firstSeenInCommunityAt >= knownForMs;
  return isKnown || messagesInCommunity >= messages;
}
