/** The filters of policyserv that look at media, and those that ask other programs. */
import type { RemoteKind } from '../../config/remote-checks.ts';
import { HARMS } from '../harms.ts';
import { globNotes, OFF, type Mapped, type Mapper, type Surroundings } from './policyserv-mapper.ts';
import type { Reader } from './policyserv-values.ts';
import type { TrustedServers } from './trusted-servers.ts';

/** Harms of policyserv's own. */
const MEDIA_HARM = 'org.matrix.policyserv.media';
const NOT_AS_SPECIFIED = 'org.matrix.policyserv.spec_non_compliance';

const MEDIA = { harms: [HARMS.spam, MEDIA_HARM], order: 100 };

export const MEDIA_MAPPERS: readonly Mapper[] = [
  {
    filter: 'Media',
    keys: ['media_filter_media_types'],
    map: (reader: Reader): Mapped => {
      const types = reader.list('media_filter_media_types');
      if (types.length === 0) return OFF;
      return { rules: { media: { when: mediaOf(types), ...MEDIA } }, notes: [EDITS_NOTE] };
    },
  },
  {
    filter: 'UntrustedMedia',
    keys: [
      'untrusted_media_filter_media_types',
      'untrusted_media_filter_use_muninn',
      'untrusted_media_filter_use_power_levels',
      'untrusted_media_filter_allowed_user_globs',
      'untrusted_media_filter_denied_user_globs',
    ],
    map: (reader: Reader, surroundings: Surroundings): Mapped => untrustedMedia(reader, surroundings),
  },
  {
    filter: 'InlineEmojiSize',
    keys: ['inline_emoji_size_filter_max_height_pixels'],
    map: (reader: Reader): Mapped => {
      const most = Math.floor(reader.number('inline_emoji_size_filter_max_height_pixels'));
      if (most < 0 || most > 100_000) return OFF;
      const images = { height_more_than: most, missing_height: true, missing_emoticon_mark: true };
      const rule = { when: { inline_images: images }, harms: [HARMS.spam, NOT_AS_SPECIFIED], order: 100 };
      return { rules: { 'inline-emoji-size': rule }, notes: [] };
    },
  },
  {
    filter: 'MediaScanning',
    keys: ['hma_filter_enabled_banks'],
    map: (reader: Reader, surroundings: Surroundings): Mapped => mediaScanning(reader, surroundings),
  },
  {
    filter: 'OpenAIOmni',
    keys: ['openai_filter_fail_secure'],
    map: (reader: Reader, surroundings: Surroundings): Mapped => moderation(reader, surroundings),
  },
];

const EDITS_NOTE = 'Edits that turn a text into media, and media in galleries, are media here too.';

const KINDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['m.sticker', ['sticker']],
  ['m.image', ['image']],
  ['m.video', ['video']],
  ['m.file', ['file']],
  ['m.audio', ['audio', 'voice']],
  ['m.location', ['location']],
]);

/** Types of events or of messages: those that are known as kinds of media, and any other by its name. */
function mediaOf(types: readonly string[]): object {
  const kinds = types.flatMap((type) => KINDS.get(type) ?? []);
  const others = types.filter((type) => !KINDS.has(type));
  const conditions = [
    ...(kinds.length === 0 ? [] : [{ media: { kinds } }]),
    ...(others.length === 0 ? [] : [{ event_type: { types: others } }, { message_type: { types: others } }]),
  ];
  return { any: conditions };
}

function untrustedMedia(reader: Reader, { trustedServers }: Surroundings): Mapped {
  const types = reader.list('untrusted_media_filter_media_types');
  const usesMuninn = reader.boolean('untrusted_media_filter_use_muninn');
  const usesPower = reader.boolean('untrusted_media_filter_use_power_levels');
  const allowed = reader.list('untrusted_media_filter_allowed_user_globs');
  const denied = reader.list('untrusted_media_filter_denied_user_globs');
  if (types.length === 0) return OFF;
  const trusted = usesMuninn ? membersOf(trustedServers) : NO_MEMBERS;
  const exempt = {
    moderators: usesPower,
    ...(usesPower ? { power_level: 50 } : {}),
    ...(allowed.length === 0 ? {} : { users: [...allowed] }),
    ...(trusted.exempt.length === 0 ? {} : { servers: [...trusted.exempt] }),
  };
  const media = mediaOf(types);
  const rules = {
    ...(denied.length === 0
      ? {}
      : {
          'denied-media': {
            ...{ when: { all: [{ sender: { users: denied } }, media] }, ...MEDIA, order: 99 },
            exempt: { moderators: false },
          },
        }),
    'untrusted-media': {
      when:
        trusted.excepted.length === 0 ? media : { all: [media, { not: { sender: { servers: trusted.excepted } } }] },
      ...{ ...MEDIA, exempt },
    },
  };
  const notes = [
    EDITS_NOTE,
    ...(usesPower ? ['Trusted are moderators and power levels from 50, whatever `state_default` is.'] : []),
    ...trusted.notes,
  ];
  return { rules, notes };
}

interface Members {
  /** As exempt from the rule; many of them stand in its condition, which holds more. */
  readonly exempt: readonly string[];
  readonly excepted: readonly string[];
  readonly notes: readonly string[];
}

const NO_MEMBERS: Members = { exempt: [], excepted: [], notes: [] };
const MOST_EXEMPT = 1_000;
const MOST_EXCEPTED = 10_000;

function membersOf(trusted: TrustedServers | undefined): Members {
  if (trusted === undefined) return { ...NO_MEMBERS, notes: [DIRECTORY_MISSING] };
  const { servers, wrong } = trusted;
  const notes = [
    `The ${String(servers.length)} servers of Muninn Hall are trusted that were given; import again where its directory changes.`,
    ...(wrong.length === 0 ? [] : [`These are no server names: ${wrong.slice(0, 20).join(', ')}.`]),
  ];
  if (servers.length <= MOST_EXEMPT) return { exempt: servers, excepted: [], notes };
  const left = servers.length - MOST_EXCEPTED;
  const tooMany = left > 0 ? [`No more than ${String(MOST_EXCEPTED)} are: ${String(left)} are left out.`] : [];
  return { exempt: [], excepted: servers.slice(0, MOST_EXCEPTED), notes: [...notes, ...tooMany] };
}

const DIRECTORY_MISSING =
  'The directory of Muninn Hall is not given, so none of its servers is trusted: import again with --trusted-servers FILE (one server name a line, or the event that `!member-directory` is answered with), or fill in `exempt: {servers: […]}` of policyserv-untrusted-media. To trust people who are known here, add `exempt: {known_for: 7d, messages: 20}`.';

function endpointOf(kind: RemoteKind, { remoteChecks }: Surroundings): string | undefined {
  return [...remoteChecks].find(([, has]) => has === kind)?.[0];
}

function mediaScanning(reader: Reader, surroundings: Surroundings): Mapped {
  const banks = reader.list('hma_filter_enabled_banks');
  if (banks.length === 0) return OFF;
  const endpoint = endpointOf('media_hash', surroundings);
  if (endpoint === undefined) return withoutEndpoint('media_hash');
  const rule = {
    ...({ when: { media_hash: { endpoint, banks } }, on_failure: 'refuse', order: 100 } as const),
    harms: [HARMS.spam, HARMS.childAbuse, MEDIA_HARM],
  };
  return { rules: { 'media-scanning': rule }, notes: globNotes(banks) };
}

function moderation(reader: Reader, surroundings: Surroundings): Mapped {
  const isSecure = reader.boolean('openai_filter_fail_secure');
  const endpoint = endpointOf('moderation', surroundings);
  if (endpoint === undefined) return withoutEndpoint('moderation');
  const rule = {
    when: {
      all: [{ event_type: { types: ['m.room.message', 'm.reaction'] } }, { remote: { endpoint } }],
    },
    ...({ mode: 'off', on_failure: isSecure ? 'refuse' : 'skip', order: 100 } as const),
  };
  const note =
    'It is off: policyserv asks in rooms that its operator has listed. Switch it on in these: gatehouse rules edit-mode policyserv-moderation on --room ID';
  return { rules: { moderation: rule }, notes: [note] };
}

function withoutEndpoint(kind: RemoteKind): Mapped {
  const todo = `No endpoint of kind "${kind}" is configured: add one to \`remote_checks\` of the configuration and import again.`;
  return { rules: {}, notes: [todo], outcome: 'not_carried_over' };
}
