/** A moderator ends a precedent before its time: content that it covered is judged by the rules again. */
import type { Clock } from '../../telemetry/clock.ts';
import type { ActionLogStore, Precedent } from './ports.ts';
import type { Precedents } from './precedents.ts';

export interface EndPrecedentDeps {
  readonly precedents: Pick<Precedents, 'end'>;
  readonly actions: Pick<ActionLogStore, 'add'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** False where it holds no more. */
export async function endPrecedent(
  { precedents, actions, clock }: EndPrecedentDeps,
  { id, action, reference, decidedOn }: Precedent,
  who: { readonly actor: string; readonly community: string | undefined; readonly note: string },
): Promise<boolean> {
  const at = clock.now();
  if (!(await precedents.end(id, at))) return false;
  await actions.add({ at, ...who, action: 'precedent.end', target: decidedOn, details: { id, action, reference } });
  return true;
}
