/** What moderators work with, in memory: verdicts that a test puts in, rooms that it names. */
import type { ModerationDeps } from '../../src/http/admin/moderation-access.ts';
import { moderationDeps } from '../../src/moderation-deps.ts';
import { Lockdowns } from '../../src/policy/moderation/lockdowns.ts';
import { Precedents } from '../../src/policy/moderation/precedents.ts';
import { RememberedAnswers } from '../../src/policy/remembered-answers.ts';
import type { SettingsDirectory } from '../../src/policy/settings/settings-directory.ts';
import { signingKeyFromSeed } from '../../src/protocol/ed25519.ts';
import { POLICY_KEY_ID } from '../../src/protocol/ids/key-id.ts';
import type { RoomId } from '../../src/protocol/ids/room-id.ts';
import { createMemoryStorage, type Storage } from '../../src/storage/storage.ts';
import { FakeClock } from './fake-clock.ts';
import { serverNamed } from './federation-fakes.ts';

export interface ModerationUnderTest {
  readonly deps: ModerationDeps;
  readonly storage: Storage;
  readonly clock: FakeClock;
  readonly lockdowns: Lockdowns;
}

export function memoryModeration(
  settings: SettingsDirectory,
  roomIds: readonly RoomId[] = [],
  storage = createMemoryStorage(),
): ModerationUnderTest {
  const clock = new FakeClock();
  const lockdowns = new Lockdowns(storage.lockdowns);
  const precedents = new Precedents(storage.precedents);
  const { verdicts, judgedEvents, overrides } = storage;
  const deps = moderationDeps({
    ...{ clock, storage, settings },
    ...{ log: { error: () => undefined }, metrics: { actionNotLogged: () => undefined } },
    moderation: {
      ...{ lockdowns, precedents },
      overriding: () => ({
        ...{ verdicts, judgedEvents, overrides, precedents, clock },
        serverName: serverNamed('policy.test'),
        policyKey: signingKeyFromSeed(POLICY_KEY_ID, Buffer.alloc(32, 9)),
        answers: new RememberedAnswers(),
        communityOf: (roomId) => settings.communityOf({ kind: 'room', roomId }),
      }),
    },
    roomIds: () => roomIds,
    showEvent: () => Promise.resolve(undefined),
  });
  return { deps, storage, clock, lockdowns };
}
