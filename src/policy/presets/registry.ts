/** All presets, by the name that settings use. */
import { announcements } from './announcements.ts';
import { lockdown } from './lockdown.ts';
import type { Preset } from './preset.ts';
import { publicRooms } from './public.ts';
import { support } from './support.ts';

export const PRESETS: readonly Preset[] = [publicRooms, support, announcements, lockdown];

const byName: ReadonlyMap<string, Preset> = new Map(PRESETS.map((preset) => [preset.name, preset]));

export function presetNamed(name: string): Preset | undefined {
  return byName.get(name);
}
