/** What an override is asked for with, and what it answers. */
import * as z from 'zod';
import { notesOn } from '../../policy/moderation/override-notes.ts';
import type { Override, OverrideOutcome } from '../../policy/moderation/override-verdict.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import { matrixError } from '../errors.ts';
import { dryRunField, durationUpTo, noteText, type VerdictDeps } from './moderation-access.ts';
import { precedentAnswer, precedentOf, summaryOf, verdictSummary } from './verdict-answers.ts';

const DAY_MS = 24 * 3_600_000;
const DEFAULT_FOR_MS = 30 * DAY_MS;

export const overrideFields = {
  covers: z
    .enum(['this', 'sender', 'everyone'])
    .optional()
    .describe(
      'Whether the same content is decided the same way when it is sent again: never, by the same sender, or by anyone. ' +
        '`sender` for `allow` and `this` for `refuse` where it is left out.',
    ),
  for: durationUpTo(365 * DAY_MS, '365d')
    .optional()
    .describe('How long that counts; 30d where it is left out.'),
  note: noteText,
  message: z.string().min(1).max(500).optional().describe('What the sender of a refused event is told.'),
  dry_run: dryRunField,
};

interface OverrideSaid {
  readonly covers?: Override['covers'] | undefined;
  readonly for?: number | undefined;
  readonly note: string;
  readonly message?: string | undefined;
  readonly dry_run: boolean;
}

/** With what was left out. */
export function howToOverride(
  action: 'allow' | 'refuse' | 'none',
  said: OverrideSaid,
  actor: string,
): Omit<Override, 'eventId' | 'action'> {
  const {
    covers = action === 'allow' ? 'sender' : 'this',
    for: forMs = DEFAULT_FOR_MS,
    note,
    message,
    dry_run: dryRun,
  } = said;
  return { covers, forMs, actor, note, message, dryRun };
}

export const overrideAnswer = z.object({
  changed: z.boolean().describe('Whether a new revision of the verdict was made.'),
  verdict: verdictSummary,
  precedent: precedentAnswer.extend({ id: z.int().nullable().describe('Null in a dry run.') }).nullable(),
  notes: z.array(z.string()).describe('What the override cannot undo, and who has to do something now.'),
});

/** Throws the error that says why it was not made. */
export async function overrideAnswerOf(
  outcome: OverrideOutcome,
  override: Pick<Override, 'action' | 'covers'> & { readonly eventId: EventId },
  { showEvent }: Pick<VerdictDeps, 'showEvent'>,
): Promise<z.output<typeof overrideAnswer>> {
  if (outcome.type !== 'overridden' && outcome.type !== 'unchanged') throw overrideFailure(outcome.type);
  const { verdict } = outcome;
  if (outcome.type === 'unchanged') {
    return { changed: false, verdict: summaryOf(verdict), precedent: null, notes: ['The verdict was that already.'] };
  }
  const { precedent } = outcome;
  const details = await showEvent(override.eventId);
  const status = details?.roomId === verdict.roomId ? details.status : undefined;
  return {
    changed: outcome.isNewVerdict,
    verdict: summaryOf(verdict),
    precedent: precedent === undefined ? null : { ...precedentOf({ id: 0, ...precedent }), id: precedent.id ?? null },
    notes: [...notesOn({ action: override.action, covers: override.covers, precedent, status })],
  };
}

export function overrideFailure(type: Exclude<OverrideOutcome['type'], 'overridden' | 'unchanged'>): Error {
  switch (type) {
    case 'unknown':
      return matrixError('M_NOT_FOUND', 404, 'There is no verdict about that event.');
    case 'contentGone':
      return matrixError(
        'ORG.GATEHOUSE.CONFLICT',
        409,
        'The event itself is kept no more, so it can neither be signed nor compared with others.',
      );
    case 'tooManyPrecedents':
      return matrixError('ORG.GATEHOUSE.CONFLICT', 409, 'There are too many precedents: end some of them first.');
  }
}
