/** Values of policyserv's settings as they are written in JSON or in the environment, and its defaults. */

export type KeyNote = string;

const MEDIA = ['m.sticker', 'm.image', 'm.video', 'm.file', 'm.audio'];

/** Every key of a filter, with what counts where it is left out. */
export const DEFAULTS: ReadonlyMap<string, readonly string[] | number | boolean> = new Map<
  string,
  readonly string[] | number | boolean
>([
  ['event_type_prefilter_allowed_event_types', ['m.room.redaction']],
  [
    'event_type_prefilter_allowed_state_event_types',
    [
      ...['m.room.power_levels', 'm.room.avatar', 'm.room.name', 'm.room.topic', 'm.room.join_rules'],
      ...['m.room.history_visibility', 'm.room.create', 'm.room.server_acl', 'm.room.tombstone'],
      ...['m.room.encryption', 'm.room.canonical_alias'],
    ],
  ],
  ['sender_prefilter_allowed_senders', []],
  ['unsafe_signing_key_filter_enabled', true],
  ['hellban_postfilter_minutes', 60],
  ['keyword_filter_keywords', ['spammy spam']],
  ['keyword_filter_use_full_event', false],
  ['keyword_template_filter_template_names', []],
  ['keyword_template_filter_use_full_event', false],
  ['mention_filter_max_mentions', 20],
  ['mention_filter_min_plaintext_length', 5],
  ['mention_frequency_filter_rate_limit', 0],
  ['mention_frequency_filter_min_plaintext_length', 5],
  ['many_ats_filter_max_ats', 20],
  ['frequency_filter_event_types', ['m.room.message', 'm.sticker', 'm.reaction']],
  ['frequency_filter_rate_limit', 0],
  ['media_filter_media_types', MEDIA],
  ['untrusted_media_filter_media_types', MEDIA],
  ['untrusted_media_filter_use_muninn', true],
  ['untrusted_media_filter_use_power_levels', true],
  ['untrusted_media_filter_allowed_user_globs', []],
  ['untrusted_media_filter_denied_user_globs', []],
  ['inline_emoji_size_filter_max_height_pixels', 32],
  ['hma_filter_enabled_banks', []],
  ['openai_filter_fail_secure', true],
  ['mjolnir_filter_enabled', true],
  ['density_filter_max_density', 0.95],
  ['density_filter_min_trigger_length', 150],
  ['trim_length_filter_max_difference', 25],
  ['length_filter_max_length', 10_000],
  ['link_filter_allowed_url_globs', []],
  ['link_filter_denied_url_globs', []],
  ['sticky_events_filter_allow_sticky_events', true],
  ['user_id_contains_words_filter_max_words', 0],
  ['user_id_length_filter_max_length', 0],
]);

/** Reads values of any of the forms in which they are written; keeps what it could not read. */
export class Reader {
  readonly mistakes: string[] = [];
  readonly #settings: ReadonlyMap<string, unknown>;

  constructor(settings: ReadonlyMap<string, unknown>) {
    this.#settings = settings;
  }

  /** Entries that no rule could hold are left out, and told of. */
  list(key: string, { longest = 255, most = 1_000 }: { longest?: number; most?: number } = {}): readonly string[] {
    const value = this.#value(key);
    const items = typeof value === 'string' ? value.split(',') : value;
    if (!Array.isArray(items) || !items.every((item) => typeof item === 'string')) {
      this.#fail(key, 'a list of strings');
      return [];
    }
    const all = unique(items);
    const short = all.filter((item) => item.length <= longest);
    for (const item of all.filter((one) => one.length > longest)) {
      this.mistakes.push(`${key}: left out, as it is longer than ${String(longest)} characters: ${item.slice(0, 40)}…`);
    }
    if (short.length > most) this.mistakes.push(`${key}: no more than ${String(most)} entries are carried over.`);
    return short.slice(0, most);
  }

  number(key: string): number {
    const value = this.#value(key);
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number)) return clamp(number);
    this.#fail(key, 'a number');
    return 0;
  }

  boolean(key: string): boolean {
    const value = this.#value(key);
    if (typeof value === 'boolean') return value;
    if (value === 'true' || value === '1') return true;
    if (value === 'false' || value === '0') return false;
    this.#fail(key, 'true or false');
    return false;
  }

  /** Null is written where the default counts. */
  #value(key: string): unknown {
    return this.#settings.get(key) ?? DEFAULTS.get(key);
  }

  #fail(key: string, expected: string): void {
    this.mistakes.push(`${key}: expected ${expected}, found ${JSON.stringify(this.#value(key))}.`);
  }
}

/** Beyond it a limit is none. */
const LARGEST = 1_000_000;

function clamp(number: number): number {
  return Math.max(-LARGEST, Math.min(LARGEST, number));
}

function unique(list: readonly string[]): readonly string[] {
  return [...new Set(list.map((item) => item.trim()).filter((item) => item !== ''))];
}
