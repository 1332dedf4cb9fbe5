import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { serverNamed } from '../../../tests/support/federation-fakes.ts';
import { readLayer } from '../settings/layer-document.ts';
import { compilePolicy, NO_EXEMPTIONS } from '../rules/compiled-policy.ts';
import { importPolicyserv } from './policyserv.ts';
import { DEFAULTS } from './policyserv-values.ts';
import type { RemoteKind } from '../../config/remote-checks.ts';

const remoteChecks = new Map<string, RemoteKind>([
  ['hashes', 'media_hash'],
  ['words', 'moderation'],
]);

/** Everything off, so that a test sees what it asks for. */
const QUIET = {
  event_type_prefilter_allowed_event_types: [],
  event_type_prefilter_allowed_state_event_types: [],
  unsafe_signing_key_filter_enabled: false,
  hellban_postfilter_minutes: 0,
  keyword_filter_keywords: [],
  mention_filter_max_mentions: 0,
  many_ats_filter_max_ats: 0,
  media_filter_media_types: [],
  untrusted_media_filter_media_types: [],
  inline_emoji_size_filter_max_height_pixels: -1,
  mjolnir_filter_enabled: false,
  density_filter_max_density: 2,
  trim_length_filter_max_difference: 0,
  length_filter_max_length: -1,
};

function importOf(settings: object): ReturnType<typeof importPolicyserv> {
  const imported = importPolicyserv({ ...QUIET, ...settings }, { remoteChecks });
  assertUsable(imported.rules);
  return imported;
}

/** Saved and compiled as it is. */
function assertUsable(rules: object): void {
  const layer = readLayer({ rules });
  assert.ok(layer.ok, JSON.stringify(layer));
  const document = {
    rules: new Map<string, unknown>(Object.entries(rules)),
    exempt: NO_EXEMPTIONS,
    wordLists: new Map(),
  };
  const compiled = compilePolicy({ ...document, remoteChecks }, 'test');
  assert.ok(compiled.ok, JSON.stringify(compiled));
}

/** Of one setting, the conditions that come of it. */
const ROWS: readonly (readonly [settings: object, conditions: Readonly<Record<string, unknown>>])[] = [
  [{}, {}],
  [
    { event_type_prefilter_allowed_event_types: ['m.x'] },
    { 'allowed-event-types': { event_type: { types: ['m.x'], only: 'not_state' } } },
  ],
  [
    { event_type_prefilter_allowed_state_event_types: ['m.y'] },
    { 'allowed-state-event-types': { event_type: { types: ['m.y'], only: 'state' } } },
  ],
  [
    { sender_prefilter_allowed_senders: ['@a:b.example'] },
    { 'allowed-senders': { sender: { users: ['@a:b.example'] } } },
  ],
  [{ unsafe_signing_key_filter_enabled: true }, { 'unsafe-signing-key': { weak_key: {} } }],
  [
    { hellban_postfilter_minutes: 30 },
    { hellban: { rate: { what: 'events', more_than: 0, within: '30m', only_refused: true } } },
  ],
  [
    { keyword_filter_keywords: ['a', 'b'] },
    { keywords: { raw_content: { contains: ['a', 'b'], whole_event: false } } },
  ],
  [
    { keyword_filter_keywords: ['a'], keyword_filter_use_full_event: true },
    { keywords: { raw_content: { contains: ['a'], whole_event: true } } },
  ],
  [{ keyword_template_filter_template_names: ['x'], keyword_template_filter_use_full_event: true }, {}],
  [
    { mention_filter_max_mentions: 5, mention_filter_min_plaintext_length: 3 },
    { mentions: messages({ mentions: { more_than: 4, display_names: true, shortest_display_name: 3 } }) },
  ],
  [
    { mention_filter_max_mentions: 5, mention_filter_min_plaintext_length: 0 },
    { mentions: messages({ mentions: { more_than: 4, display_names: true, shortest_display_name: 1 } }) },
  ],
  [
    { mention_filter_max_mentions: 5, mention_filter_min_plaintext_length: 1000 },
    { mentions: messages({ mentions: { more_than: 4 } }) },
  ],
  [
    { mention_frequency_filter_rate_limit: 0.5, mention_frequency_filter_min_plaintext_length: 3 },
    {
      'mention-frequency': messages({
        rate: { what: 'mentions', more_than: 30, within: '1m', display_names: true, shortest_display_name: 3 },
      }),
    },
  ],
  [{ many_ats_filter_max_ats: 10 }, { 'many-ats': { at_signs: { more_than: 9, counted_in: 'content' } } }],
  [
    { frequency_filter_rate_limit: 1 },
    {
      frequency: {
        all: [
          { event_type: { types: ['m.room.message', 'm.sticker', 'm.reaction'] } },
          { rate: { what: ['messages', 'reactions'], more_than: 60, within: '1m' } },
        ],
      },
    },
  ],
  [{ frequency_filter_rate_limit: 1, frequency_filter_event_types: ['m.call.invite'] }, {}],
  [
    { media_filter_media_types: ['m.image', 'm.audio'] },
    { media: { any: [{ media: { kinds: ['image', 'audio', 'voice'] } }] } },
  ],
  [
    { media_filter_media_types: ['org.example.x'] },
    { media: { any: [{ event_type: { types: ['org.example.x'] } }, { message_type: { types: ['org.example.x'] } }] } },
  ],
  [
    { untrusted_media_filter_media_types: ['m.image'], untrusted_media_filter_denied_user_globs: ['@x*:*'] },
    {
      'denied-media': { all: [{ sender: { users: ['@x*:*'] } }, { any: [{ media: { kinds: ['image'] } }] }] },
      'untrusted-media': { any: [{ media: { kinds: ['image'] } }] },
    },
  ],
  [
    { inline_emoji_size_filter_max_height_pixels: 48 },
    {
      'inline-emoji-size': {
        inline_images: { height_more_than: 48, missing_height: true, missing_emoticon_mark: true },
      },
    },
  ],
  [{ hma_filter_enabled_banks: ['b'] }, { 'media-scanning': { media_hash: { endpoint: 'hashes', banks: ['b'] } } }],
  [{ mjolnir_filter_enabled: true }, {}],
  [
    { density_filter_max_density: 0.9, density_filter_min_trigger_length: 100 },
    { density: messages({ density: { at_least: 0.9, min_length: 100, unit: 'bytes' } }) },
  ],
  [
    { trim_length_filter_max_difference: 10 },
    { 'trim-length': messages({ padding: { at_least: 10, unit: 'bytes' } }) },
  ],
  [{ length_filter_max_length: 5000 }, { length: messages({ event_size: { more_than: 5000 } }) }],
  [
    { link_filter_denied_url_globs: ['https://x.example/*'] },
    {
      links: {
        links: {
          everywhere: true,
          matrix: true,
          schemes: ['http', 'https'],
          allowed_urls: [],
          denied_urls: ['https://x.example/*'],
        },
      },
    },
  ],
  [
    { link_filter_allowed_url_globs: ['https://x.example/*'] },
    {
      links: {
        links: {
          everywhere: true,
          matrix: true,
          schemes: ['http', 'https'],
          allowed_urls: ['https://x.example/*'],
          denied_urls: [],
        },
      },
    },
  ],
  [{ sticky_events_filter_allow_sticky_events: false }, { 'sticky-events': { sticky_event: {} } }],
  [{ user_id_contains_words_filter_max_words: 4 }, { 'user-id-words': { user_id_shape: { words_more_than: 4 } } }],
  [{ user_id_length_filter_max_length: 60 }, { 'user-id-length': { user_id_shape: { length_more_than: 60 } } }],
];

function messages(condition: object): object {
  return { all: [{ event_type: { types: ['m.room.message'] } }, condition] };
}

describe('import of a community of policyserv', () => {
  for (const [settings, conditions] of ROWS) {
    it(`makes rules of ${JSON.stringify(settings)}`, () => {
      const { rules, report } = importOf(settings);
      const made = Object.entries(rules).filter(([name]) => name !== 'policyserv-moderation');
      const wanted = Object.entries(conditions).map(([name, when]) => [`policyserv-${name}`, when]);
      assert.deepEqual(Object.fromEntries(made.map(([name, rule]) => [name, rule.when])), Object.fromEntries(wanted));
      for (const key of Object.keys(settings)) {
        const notes = report.filter((note) => note.keys.includes(key));
        assert.equal(notes.length, 1, key);
        assert.equal(notes[0]?.from, 'file');
        // What came to nothing has a reason.
        assert.ok(notes[0].rules.length > 0 || notes[0].notes.length > 0, key);
      }
    });
  }

  it('has a row for each key', () => {
    const shown = new Set(ROWS.flatMap(([settings]) => Object.keys(settings)));
    const trust = ['use_muninn', 'use_power_levels', 'allowed_user_globs'].map(
      (key) => `untrusted_media_filter_${key}`,
    );
    for (const key of [...trust, 'openai_filter_fail_secure']) shown.add(key);
    assert.deepEqual(
      [...DEFAULTS.keys()].filter((key) => !shown.has(key)),
      [],
    );
  });

  it('knows whom media are trusted of', () => {
    const given = { untrusted_media_filter_media_types: ['m.image'] };
    const trusting = importOf({ ...given, untrusted_media_filter_allowed_user_globs: ['@*:good.example'] });
    assert.deepEqual(trusting.rules['policyserv-untrusted-media']?.exempt, {
      ...{ moderators: true, power_level: 50, users: ['@*:good.example'] },
    });
    assert.match(JSON.stringify(trusting.report), /Muninn Hall/);
    const strict = importOf({
      ...given,
      untrusted_media_filter_use_power_levels: false,
      untrusted_media_filter_use_muninn: false,
    });
    assert.deepEqual(strict.rules['policyserv-untrusted-media']?.exempt, { moderators: false });
    assert.doesNotMatch(JSON.stringify(strict.report), /Muninn Hall/);
  });

  it('trusts the servers of Muninn Hall where they are given', () => {
    const given = { ...QUIET, untrusted_media_filter_media_types: ['m.image'] };
    const imported = (count: number, use: boolean) => {
      const servers = Array.from({ length: count }, (_, index) => serverNamed(`s${String(index)}.example`));
      const settings = { ...given, untrusted_media_filter_use_muninn: use };
      const made = importPolicyserv(settings, { trustedServers: { servers, wrong: ['no name'] } });
      assertUsable(made.rules);
      const rule = made.rules['policyserv-untrusted-media'];
      return { when: rule?.when, servers: rule?.exempt?.servers, report: JSON.stringify(made.report), names: servers };
    };
    const few = imported(2, true);
    assert.deepEqual(few.servers, few.names);
    assert.match(few.report, /The 2 servers of Muninn Hall .*These are no server names: no name/);
    const many = imported(1_001, true);
    assert.equal(many.servers, undefined);
    const excepted = { not: { sender: { servers: many.names } } };
    assert.deepEqual(many.when, { all: [{ any: [{ media: { kinds: ['image'] } }] }, excepted] });
    assert.equal(imported(2, false).servers, undefined);
  });

  it('makes rules of the templates that are given, and says which are not', () => {
    const settings = { ...QUIET, keyword_template_filter_template_names: ['A b', 'a-b', 'gone', 'empty'] };
    const template = '{{ if StringContains .BodyRaw "x" }}org.example.harm{{ end }}';
    const templates = new Map([
      ['A b', template],
      ['a-b', template],
      ['empty', ''],
      ['other', template],
    ]);
    const { rules, report } = importPolicyserv(settings, { templates });
    assertUsable(rules);
    assert.deepEqual(Object.keys(rules), ['policyserv-template-a-b-1', 'policyserv-template-a-b-1-2']);
    assert.deepEqual(rules['policyserv-template-a-b-1'], {
      description: 'Of template A b of policyserv, line 1.',
      when: messages({ raw_text: { contains: ['x'] } }),
      harms: ['org.example.harm'],
      order: 100,
    });
    const note = report.find(({ what }) => what === 'KeywordTemplate');
    assert.equal(note?.outcome, 'differs');
    assert.match(note.notes.join('\n'), /^Template gone is not given: .*--templates FOLDER\.$/m);
    assert.match(note.notes.join('\n'), /^Template empty is empty/m);
  });

  it('keeps what asks other programs, where they are configured', () => {
    const on = (fail: boolean): unknown => importOf({ openai_filter_fail_secure: fail }).rules['policyserv-moderation'];
    assert.deepEqual(
      [on(true), on(false)].map((rule) => (rule as { on_failure: string }).on_failure),
      ['refuse', 'skip'],
    );
    const { rules, report } = importPolicyserv({ hma_filter_enabled_banks: ['b'] });
    assert.equal(rules['policyserv-media-scanning'], undefined);
    const note = report.find(({ what }) => what === 'MediaScanning');
    assert.equal(note?.outcome, 'not_carried_over');
    assert.match(note.notes.join(), /remote_checks/);
  });

  it('takes the defaults of policyserv for what is left out, and says so', () => {
    const { rules, report } = importPolicyserv({});
    assertUsable(rules);
    assert.ok('policyserv-media' in rules && 'policyserv-hellban' in rules && 'policyserv-keywords' in rules);
    assert.ok(report.every(({ from }) => from === 'default'));
  });

  it('reads the names and values of the environment, and the answer of the admin API', () => {
    const written = { PS_MEDIA_FILTER_MEDIA_TYPES: 'm.image, m.video', PS_LENGTH_FILTER_MAX_LENGTH: '77' };
    const { rules } = importPolicyserv({ ...QUIET, media_filter_media_types: undefined, ...written });
    assert.deepEqual(rules['policyserv-media']?.when, { any: [{ media: { kinds: ['image', 'video'] } }] });
    const wrapped = importPolicyserv({ community_id: 'x', config: { ...QUIET, length_filter_max_length: 77 } });
    assert.deepEqual(Object.keys(wrapped.rules), ['policyserv-length']);
    assert.deepEqual(wrapped.report.at(-1)?.what, 'community_id');
  });

  it('tells of keys that it does not know, and of values that cannot be', () => {
    const { report } = importOf({ webhook_url: 'https://x.example', lenght_filter: 3, media_filter_media_types: 7 });
    const outcomes = new Map(report.map(({ what, outcome }) => [what, outcome]));
    assert.equal(outcomes.get('webhook_url'), 'not_carried_over');
    assert.equal(outcomes.get('lenght_filter'), 'unknown');
    assert.equal(outcomes.get('Media'), 'not_carried_over');
  });

  it('always gives rules that can be saved, and tells of every key', () => {
    const value = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.string(),
      fc.array(fc.string()),
      fc.constant(null),
    );
    const key = fc.oneof(fc.constantFrom(...DEFAULTS.keys()), fc.string());
    fc.assert(
      fc.property(fc.dictionary(key, value), (settings) => {
        const { rules, report } = importPolicyserv(settings, { remoteChecks });
        assertUsable(rules);
        const told = new Set(report.flatMap(({ keys }) => keys));
        if (typeof settings['config'] === 'object') return;
        for (const name of Object.keys(settings)) assert.ok(told.has(name.toLowerCase().replace(/^ps_/, '')), name);
      }),
      { numRuns: 300 },
    );
  });
});
