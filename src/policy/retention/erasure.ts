/** Erases what one person has said, on request: verdicts stay and are answered as before, without a word of theirs. */
import type { UserId } from '../../protocol/ids/user-id.ts';
import type { Clock } from '../../telemetry/clock.ts';
import type { ActionLogStore } from '../moderation/ports.ts';
import type { NewAction } from '../ports.ts';
import type { ContentStore, ForgottenContent, KeptContent } from './ports.ts';
import { isStripped, KEPT_NO_MORE, stripped } from './strip.ts';

export interface ErasureDeps {
  readonly content: ContentStore;
  /** Erases the content of their events in rooms. */
  readonly eraseEvents: (userId: UserId, dryRun: boolean) => Promise<ErasedEvents>;
  readonly actions: Pick<ActionLogStore, 'add'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Told of an erasure that was made and could not be entered in the log of actions. */
  readonly onUnlogged: (error: unknown, entry: NewAction) => void;
}

export interface ErasedEvents {
  /** Replaced by their redacted form. */
  readonly erased: number;
  /** State that rooms work by, which stays: who may do what, where rooms belong, which servers are kept out. */
  readonly stateLeft: number;
}

export interface Erasure {
  readonly userId: UserId;
  readonly actor: string;
  readonly note: string;
  /** Only counts what would be erased. */
  readonly dryRun: boolean;
}

export interface ErasureReport extends ErasedEvents {
  /** Verdicts that quoted something, or had their event beside them. */
  readonly verdicts: number;
  readonly appeals: number;
  /** Whether it is in the log of actions: not where nothing was erased yet, nor where the entry could not be stored. */
  readonly isLogged: boolean;
}

/** Writes of one transaction. */
const AT_ONCE = 200;

/** May be asked for again, and then erases what came since. */
export async function erasePerson(deps: ErasureDeps, { userId, actor, note, dryRun }: Erasure): Promise<ErasureReport> {
  const { content, actions, clock } = deps;
  if (dryRun) return await countErasable(deps, userId);
  const verdicts = await eraseJudged(userId, content, (found) => forgetAll(content, found));
  const appeals = await content.forgetStatements(userId, KEPT_NO_MORE);
  const { erased, stateLeft } = await deps.eraseEvents(userId, false);
  await content.scrub();
  const details = { verdicts, appeals, events: erased, state_left: stateLeft };
  const entry = { at: clock.now(), actor, community: undefined, action: 'person.erase', target: userId, note, details };
  const isLogged = await actions.add(entry).then(
    () => true,
    (error: unknown) => {
      deps.onUnlogged(error, entry);
      return false;
    },
  );
  return { verdicts, appeals, erased, stateLeft, isLogged };
}

async function countErasable({ content, eraseEvents }: ErasureDeps, userId: UserId): Promise<ErasureReport> {
  const verdicts = await eraseJudged(userId, content, (found) => Promise.resolve(changesTo(found).length));
  const appeals = await content.countStatements(userId, KEPT_NO_MORE);
  return { verdicts, appeals, ...(await eraseEvents(userId, true)), isLogged: false };
}

async function eraseJudged(
  userId: UserId,
  content: Pick<ContentStore, 'ofSender'>,
  erase: (found: readonly KeptContent[]) => Promise<number>,
): Promise<number> {
  let erased = 0;
  for (let after: number | undefined = 0; after !== undefined;) {
    const { found, next }: Awaited<ReturnType<ContentStore['ofSender']>> = await content.ofSender(userId, after);
    for (let i = 0; i < found.length; i += AT_ONCE) erased += await erase(found.slice(i, i + AT_ONCE));
    after = next;
  }
  return erased;
}

async function forgetAll(content: ContentStore, found: readonly KeptContent[]): Promise<number> {
  const changes = changesTo(found);
  if (changes.length > 0) await content.forget(changes);
  return changes.length;
}

function changesTo(found: readonly KeptContent[]): readonly ForgottenContent[] {
  return found.flatMap((one) => {
    const forgotten = stripped(one, { withNames: false });
    return isStripped(one, forgotten) ? [] : [forgotten];
  });
}
