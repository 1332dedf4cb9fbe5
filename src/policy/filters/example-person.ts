import type { PersonAnswer } from '../answers.ts';

/** In examples of checks: joined by themselves, and has not said anything yet. */
export const EXAMPLE_PERSON: PersonAnswer = {
  firstSeenAt: Date.UTC(2026, 0, 1),
  firstSeenInCommunityAt: Date.UTC(2026, 0, 1),
  joinedAt: Date.UTC(2026, 0, 1),
  wasInvited: false,
  messagesHere: 0,
  messagesInCommunity: 0,
};
