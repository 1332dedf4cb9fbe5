import type { ContentStore, ForgottenContent, KeptContent } from '../../policy/retention/ports.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import type { MemoryQueueStore } from './queue.ts';
import type { MemoryVerdictStore } from './verdicts.ts';

export class MemoryContentStore implements ContentStore {
  readonly #verdicts: MemoryVerdictStore;
  readonly #queue: MemoryQueueStore;

  constructor(verdicts: MemoryVerdictStore, queue: MemoryQueueStore) {
    this.#verdicts = verdicts;
    this.#queue = queue;
  }

  async keptBefore(time: number, limit: number): Promise<readonly KeptContent[]> {
    const all = await this.#all();
    return all
      .filter(({ verdict, event }) => event !== undefined && verdict.revision === 1 && verdict.decidedAt < time)
      .slice(0, limit);
  }

  async ofSender(sender: UserId, after: number): ReturnType<ContentStore['ofSender']> {
    const found = (await this.#all()).filter(({ position, verdict }) => {
      return position > after && verdict.sender === sender;
    });
    return { found, next: undefined };
  }

  async forget(contents: readonly ForgottenContent[]): Promise<void> {
    for (const content of contents) this.#verdicts.forget(content);
  }

  async forgetStatements(sender: UserId, instead: string): Promise<number> {
    return this.#queue.replaceStatements(sender, instead);
  }

  async countStatements(sender: UserId, instead: string): Promise<number> {
    return this.#queue.statementsOf(sender, instead).length;
  }

  async scrub(): Promise<void> {
    // There are no files.
  }

  async #all(): Promise<readonly KeptContent[]> {
    const log = await this.#verdicts.log(0, Infinity);
    return await Promise.all(
      log.map(async ({ position, verdict }) => {
        const event = verdict.revision === 1 ? await this.#verdicts.judgedEvents.find(verdict.eventId) : undefined;
        return { position, verdict, event };
      }),
    );
  }
}
