/** Any program that speaks the contract of docs/remote-checks.md. */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { isModerator, userLevel } from '../../protocol/power-levels.ts';
import type { RemoteAnswer } from '../answers.ts';
import type { RemoteQuestion, Subject } from '../questions.ts';
import { askJson } from './ask-json.ts';
import { askerOf, limitsOf, type EndpointDeps, type RemoteEndpoint } from './endpoint.ts';
import { GuardedCalls } from './guarded-calls.ts';

/** What it answers; other keys are for its own use. */
export const httpAnswer = z.object({
  labels: z.array(z.object({ label: z.string().min(1).max(100), score: z.number().min(0).max(1) })).max(64),
  note: z.string().max(1000).nullish(),
});

export function createHttpEndpoint(deps: EndpointDeps): RemoteEndpoint {
  const { settings, clock, onOpen, onCall } = deps;
  const calls = new GuardedCalls<RemoteAnswer>({ clock, limits: limitsOf(settings), onOpen, onCall });
  const url = settings.url ?? '';
  return {
    ask(question, subject) {
      const body = requestOf(question, subject);
      return calls.ask(hash('sha256', body, 'base64'), async (signal) => {
        const post = { method: 'POST', url, contentType: 'application/json', body } as const;
        const answer = await askJson(askerOf(deps), post, httpAnswer, signal);
        if (!answer.ok) return answer;
        return { ok: true, value: { labels: answer.value.labels, note: answer.value.note ?? null } };
      });
    },
  };
}

/** Nothing in it changes while nothing has happened, so that asking again about the same event is the same question. */
export function requestOf({ options }: RemoteQuestion, { event, room, community }: Subject): string {
  const { pdu } = event;
  const level = userLevel(room.powerLevels, pdu.sender);
  const about = {
    version: 1,
    event_id: pdu.eventId,
    sender: pdu.sender,
    room_id: pdu.roomId,
    room_version: pdu.rules.version,
    community: community ?? null,
    texts: event.texts.map(({ field, path, text }) => ({ field, path, text })),
    facts: {
      sender_power_level: level === Infinity ? 'creator' : Number.isNaN(level) ? null : level,
      sender_is_moderator: isModerator(room.powerLevels, pdu.sender),
      sender_membership: room.membershipOf(pdu.sender),
      sender_display_name: room.displayNameOf(pdu.sender) ?? null,
    },
    options,
  };
  return `${JSON.stringify(about).slice(0, -1)},"event":${event.eventJson}}`;
}
