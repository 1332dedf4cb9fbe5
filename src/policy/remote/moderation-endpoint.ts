/** An endpoint like OpenAI's `POST /v1/moderations`: texts in, a score for each category out. */
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { RemoteAnswer } from '../answers.ts';
import type { EventReading } from '../reading/event-reading.ts';
import { askJson } from './ask-json.ts';
import { askerOf, limitsOf, NOTHING_FOUND, type EndpointDeps, type RemoteEndpoint } from './endpoint.ts';
import { GuardedCalls } from './guarded-calls.ts';

const DEFAULT_MODEL = 'omni-moderation-latest';
const MAX_LABELS = 64;

const moderationAnswer = z.object({
  results: z
    .array(z.object({ category_scores: z.record(z.string().min(1).max(100), z.number().min(0).max(1)) }))
    .min(1)
    .max(1000),
});

export function createModerationEndpoint(deps: EndpointDeps): RemoteEndpoint {
  const { settings, clock, onOpen, onCall } = deps;
  const calls = new GuardedCalls<RemoteAnswer>({ clock, limits: limitsOf(settings), onOpen, onCall });
  const url = settings.url ?? '';
  return {
    ask(_question, { event }) {
      const input = inputOf(event);
      if (input.length === 0) return NOTHING_FOUND;
      const body = JSON.stringify({ model: settings.model ?? DEFAULT_MODEL, input });
      return calls.ask(hash('sha256', body, 'base64'), async (signal) => {
        const post = { method: 'POST', url, contentType: 'application/json', body } as const;
        const answer = await askJson(askerOf(deps), post, moderationAnswer, signal);
        if (!answer.ok) return answer;
        return { ok: true, value: { labels: highestScores(answer.value.results), note: null } };
      });
    },
  };
}

/** Each text once: a formatted body mostly says what the body says. */
function inputOf(event: EventReading): readonly string[] {
  return [...new Set(event.texts.map(({ text }) => text.trim()))].filter((text) => text !== '');
}

/** Of each category over all texts, the highest of them first. */
function highestScores(
  results: readonly { readonly category_scores: Readonly<Record<string, number>> }[],
): RemoteAnswer['labels'] {
  const highest = new Map<string, number>();
  for (const result of results) {
    for (const [label, score] of Object.entries(result.category_scores)) {
      highest.set(label, Math.max(score, highest.get(label) ?? 0));
    }
  }
  return [...highest]
    .map(([label, score]) => ({ label, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, MAX_LABELS);
}
