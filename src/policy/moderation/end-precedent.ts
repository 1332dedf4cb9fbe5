/** A moderator ends a precedent before its time: content that it covered is judged by the rules again. */
import type { Clock } from '../../telemetry/clock.ts';
import type { Precedent } from './ports.ts';
import type { Precedents } from './precedents.ts';

export interface EndPrecedentDeps {
  readonly precedents: Pick<Precedents, 'end'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** False where it holds no more. */
export async function endPrecedent(
  { precedents, clock }: EndPrecedentDeps,
  { id, action, reference, decidedOn }: Precedent,
  who: { readonly actor: string; readonly community: string | undefined; readonly note: string },
): Promise<boolean> {
  const at = clock.now();
  const details = { id, action, reference };
  return await precedents.end(id, at, () => ({ at, ...who, action: 'precedent.end', target: decidedOn, details }));
}
