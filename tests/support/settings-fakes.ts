/** Settings in memory, with spaces that a test fills. */
import { filterSettings } from '../../src/policy/filters/configured.ts';
import { fixedSettings, type DeclaredSettings } from '../../src/policy/settings/declared.ts';
import type { SettingsStore, SpaceDirectory } from '../../src/policy/settings/ports.ts';
import type { SettingError } from '../../src/policy/settings/setting-error.ts';
import { SettingsDirectory, type SettingsDeps } from '../../src/policy/settings/settings-directory.ts';
import { MemorySettingsStore } from '../../src/storage/memory/settings.ts';
import { FakeClock } from './fake-clock.ts';

export class FakeSpaces implements SpaceDirectory {
  readonly loaded: string[] = [];
  readonly #children = new Map<string, readonly string[]>();

  set(spaceId: string, children: readonly string[]): void {
    this.#children.set(spaceId, children);
  }

  async load(spaceId: string): Promise<void> {
    this.loaded.push(spaceId);
  }

  versionOf(spaceId: string): unknown {
    return this.#children.get(spaceId);
  }

  hasChild(spaceId: string, roomId: string): boolean {
    return this.#children.get(spaceId)?.includes(roomId) ?? false;
  }
}

export interface SettingsUnderTest {
  readonly settings: SettingsDirectory;
  readonly store: SettingsStore;
  readonly spaces: FakeSpaces;
  readonly clock: FakeClock;
  /** What could not be in force. */
  readonly problems: SettingError[];
}

/** Without what is declared there are only the rules that are built in. */
export async function openTestSettings(
  declared: Partial<DeclaredSettings> = {},
  store: SettingsStore = new MemorySettingsStore(),
  more: Partial<SettingsDeps> = {},
): Promise<SettingsUnderTest> {
  const spaces = new FakeSpaces();
  const clock = new FakeClock();
  const problems: SettingError[] = [];
  const settings = await SettingsDirectory.open({
    ...{ store, spaces, clock },
    fixed: fixedSettings({
      filters: filterSettings.parse({}),
      policy: {},
      communities: {},
      remote_checks: {},
      ...declared,
    }),
    onProblem: (errors) => void problems.push(...errors),
    onFailure: (error) => {
      throw error;
    },
    ...more,
  });
  return { settings, store, spaces, clock, problems };
}
