/** A layer of settings as people write it and as it is stored: what it does not say, farther layers say. */
import * as z from 'zod';
import { formatPath, type Path } from '../../config/mistakes.ts';
import { canonicalJson } from '../../protocol/canonical-json.ts';
import { parseRoomId, type RoomId } from '../../protocol/ids/room-id.ts';
import { MAX_JSON_DEPTH, parseJson } from '../../protocol/json.ts';
import { listSubscriptions } from '../lists/subscription.ts';
import { PRESETS } from '../presets/registry.ts';
import { exemptions, RULE_NAME, ruleDocument } from '../rules/rule-document.ts';
import { errorsOfIssues, type SettingError } from './setting-error.ts';

/** In the place of a preset's name: none, although a farther layer chooses one. */
export const NO_PRESET = 'none';

const MAX_RULES = 1_000;
const MAX_ROOMS = 10_000;
const MAX_WORD_LISTS = 100;

const NAME_WANTED = 'expected a name of a-z, 0-9, _ and -, a letter first, at most 64 characters';
const ruleName = z.string().regex(RULE_NAME, { error: NAME_WANTED });

export const communityId = z.string().regex(RULE_NAME, { error: NAME_WANTED });

const roomId = z
  .string()
  .refine((text) => parseRoomId(text) !== undefined, { error: 'expected a room id such as "!abc:example.org"' });

const wordList = z.array(z.string().min(1).max(200)).max(50_000);

const roomIds = z
  .array(roomId)
  .max(MAX_ROOMS)
  .refine((list) => new Set(list).size === list.length, { error: 'expected each room once' });

export const layerDocument = z.strictObject({
  preset: z
    .enum([...PRESETS.map((preset) => preset.name), NO_PRESET])
    .optional()
    .describe('Rules to begin with. The nearest layer that names a preset decides; `none` goes without.'),
  rules: z
    .record(ruleName, ruleDocument.partial())
    .refine((rules) => Object.keys(rules).length <= MAX_RULES, { error: `expected ${String(MAX_RULES)} rules at most` })
    .optional()
    .describe(
      'Rules by name, 1,000 at most. Where a farther layer or the preset has a rule of that name, the fields given here override its own.',
    ),
  exempt: exemptions.optional().describe('Who is not judged by any rule, added to what farther layers say.'),
  word_lists: z
    .record(ruleName, wordList)
    .refine((lists) => Object.keys(lists).length <= MAX_WORD_LISTS, {
      error: `expected ${String(MAX_WORD_LISTS)} lists of words at most`,
    })
    .optional()
    .describe(
      'Lists of words by name, 100 of 50,000 words at most, for rules to refer to. The nearest list of a name counts.',
    ),
  lists: listSubscriptions.optional(),
});

export const communityDocument = layerDocument.extend({
  name: z.string().min(1).max(200).describe('What people call the community.'),
  description: z.string().max(2_000).optional().describe('What it is, for the people who look after it.'),
  rooms: roomIds.default([]).describe('Rooms of the community, by id. A room belongs to one community at most.'),
  spaces: roomIds
    .default([])
    .describe(
      'Spaces with settings of their own for the rooms in them; of several the first that has the room counts.',
    ),
});

const settingsByRoom = z.record(roomId, layerDocument).optional();

/** A community as it stands in the configuration file, with the settings of its spaces and rooms. */
export const declaredCommunity = communityDocument.extend({
  space_settings: settingsByRoom.describe('Settings of single spaces, by room id of the space.'),
  room_settings: settingsByRoom.describe('Settings of single rooms, by room id.'),
});

/** As written; defaults are not filled in. */
export type LayerDocument = z.input<typeof layerDocument>;
export type CommunityDocument = z.input<typeof communityDocument>;
export type DeclaredCommunity = z.input<typeof declaredCommunity>;
export type RulePart = NonNullable<LayerDocument['rules']>[string];

export type ReadDocument<T> =
  { readonly ok: true; readonly document: T } | { readonly ok: false; readonly errors: readonly SettingError[] };

export function readLayer(value: unknown): ReadDocument<LayerDocument> {
  return isLayer(value) ? writable(value) : { ok: false, errors: errorsIn(layerDocument, value) };
}

export function readCommunity(value: unknown): ReadDocument<CommunityDocument> {
  return isCommunity(value) ? writable(value) : { ok: false, errors: errorsIn(communityDocument, value) };
}

export function roomsOf(list: readonly string[] | undefined): readonly RoomId[] {
  return (list ?? []).map((text) => parseRoomId(text)).filter((id) => id !== undefined);
}

/** The same settings always give the same text. */
export function canonicalSettings(document: object): { ok: true; text: string } | { ok: false; detail: string } {
  const text = jsonOf(document);
  if (text === undefined) return { ok: false, detail: 'nested too deep' };
  const parsed = parseJson(text);
  if (!parsed.ok) return parsed;
  const canonical = canonicalJson(parsed.value, 'as-written');
  return canonical.ok ? canonical : { ok: false, detail: canonical.reason.detail };
}

/** `undefined` where it is nested deeper than can be written. */
function jsonOf(document: object): string | undefined {
  try {
    return JSON.stringify(document);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function writable<T extends object>(document: T): ReadDocument<T> {
  const hidden = hiddenNames(document);
  if (hidden.length > 0) return { ok: false, errors: hidden };
  const canonical = canonicalSettings(document);
  if (canonical.ok) return { ok: true, document };
  const broken = brokenTexts(document, []);
  if (broken.length > 0) return { ok: false, errors: broken };
  return { ok: false, errors: [{ path: '', message: `cannot be stored: ${canonical.detail}` }] };
}

/** Texts and names with half of a character that takes two UTF-16 units: JSON can write them, and nobody store them. */
function brokenTexts(value: unknown, path: Path): readonly SettingError[] {
  if (typeof value === 'string') {
    return value.isWellFormed() ? [] : [{ path: formatPath(path), message: 'cannot be stored: half a character' }];
  }
  if (typeof value !== 'object' || value === null || path.length > MAX_JSON_DEPTH) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => [
    ...brokenTexts(key, path),
    ...brokenTexts(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  ]);
}

/** Schemas pass over a key of this name, whatever it holds. */
function hiddenNames(document: object): readonly SettingError[] {
  return Object.entries(document).flatMap(([field, section]: [string, unknown]) => {
    if (typeof section !== 'object' || section === null || !Object.hasOwn(section, '__proto__')) return [];
    return [{ path: formatPath([field, '__proto__']), message: 'cannot be a name here' }];
  });
}

function isLayer(value: unknown): value is LayerDocument {
  return layerDocument.safeParse(value).success;
}

function isCommunity(value: unknown): value is CommunityDocument {
  return communityDocument.safeParse(value).success;
}

function errorsIn(schema: z.ZodType, value: unknown): readonly SettingError[] {
  const result = schema.safeParse(value);
  return result.success ? [] : errorsOfIssues(result.error.issues, value, [], schema);
}
