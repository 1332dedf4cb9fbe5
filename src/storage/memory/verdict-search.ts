import type { FoundVerdicts, VerdictQuery, VerdictSearch } from '../../policy/moderation/ports.ts';
import type { Verdict } from '../../policy/verdict.ts';
import type { MemoryVerdictStore } from './verdicts.ts';

export class MemoryVerdictSearch implements VerdictSearch {
  readonly #verdicts: MemoryVerdictStore;

  constructor(verdicts: MemoryVerdictStore) {
    this.#verdicts = verdicts;
  }

  async search(query: VerdictQuery): Promise<FoundVerdicts> {
    const { before = Infinity, limit } = query;
    const found = (await this.#verdicts.log(0, Infinity))
      .filter(({ position, verdict }) => position < before && fits(verdict, query))
      .reverse();
    const verdicts = found.slice(0, limit);
    return { verdicts, next: found.length > limit ? verdicts.at(-1)?.position : undefined };
  }
}

function fits(verdict: Verdict, { rooms, sender, decidedBy, outcome, noteworthyOnly }: VerdictQuery): boolean {
  if (rooms !== undefined && !rooms.includes(verdict.roomId)) return false;
  if (sender !== undefined && sender !== verdict.sender) return false;
  if (decidedBy !== undefined && decidedBy !== verdict.decidedBy) return false;
  if (outcome !== undefined && outcome !== verdict.decision.outcome) return false;
  return !noteworthyOnly || isNoteworthy(verdict);
}

function isNoteworthy({ decision, flags, shadow }: Verdict): boolean {
  return decision.outcome === 'refuse' || flags.length > 0 || shadow.length > 0;
}
