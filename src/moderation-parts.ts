/** What moderators decide: lockdowns, precedents, overrides and the queue, with what they are made of. */
import type { Config } from './config/schema.ts';
import { AdminTokens } from './policy/moderation/admin-tokens.ts';
import { layerOfLockdowns, Lockdowns } from './policy/moderation/lockdowns.ts';
import { Precedents } from './policy/moderation/precedents.ts';
import { QueueFeeder } from './policy/moderation/queue-feeder.ts';
import type { OverrideDeps } from './policy/moderation/override-verdict.ts';
import { RememberedAnswers } from './policy/remembered-answers.ts';
import type { PolicyCacheDeps } from './policy/settings/policy-cache.ts';
import type { SettingsDirectory } from './policy/settings/settings-directory.ts';
import type { Parts } from './server-parts.ts';

export interface Moderation extends AsyncDisposable {
  readonly lockdowns: Lockdowns;
  readonly tokens: AdminTokens;
  readonly precedents: Precedents;
  readonly answers: RememberedAnswers;
  readonly queueFeeder: QueueFeeder;
  /** For the settings directory, which is opened after this. */
  readonly temporaryRules: PolicyCacheDeps['temporaryRules'];
  readonly overriding: (settings: SettingsDirectory) => OverrideDeps;
}

export async function openModeration(config: Config, { clock, log, keys, storage }: Parts): Promise<Moderation> {
  const lockdowns = new Lockdowns(storage.lockdowns);
  const precedents = new Precedents(storage.precedents);
  await lockdowns.load(clock.now());
  await precedents.load(clock.now());
  const tokens = new AdminTokens({ store: storage.adminTokens, clock });
  await tokens.load();
  const answers = new RememberedAnswers();
  const queueFeeder = new QueueFeeder({
    queue: storage.queue,
    clock,
    onFailure: (error) => {
      log.error({ err: error }, 'flagged events could not be put into the queue yet');
    },
  });
  queueFeeder.wake();
  return {
    ...{ lockdowns, tokens, precedents, answers, queueFeeder },
    temporaryRules: (roomId, community) => layerOfLockdowns(lockdowns.of(roomId, community, clock.now())),
    overriding: (settings) => ({
      serverName: config.server_name,
      policyKey: keys.policyKey,
      verdicts: storage.verdicts,
      judgedEvents: storage.judgedEvents,
      overrides: storage.overrides,
      communityOf: (roomId) => settings.communityOf({ kind: 'room', roomId }),
      ...{ answers, precedents, clock },
    }),
    [Symbol.asyncDispose]: () => queueFeeder.stop(),
  };
}
