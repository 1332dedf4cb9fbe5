/** What of policyserv is no setting of a filter, and what is other here whatever the settings are. */
import type { ImportNote } from './imported-rules.ts';
import type { KeyNote } from './policyserv-values.ts';

export const OTHER_KEYS: ReadonlyMap<string, KeyNote> = new Map([
  ['webhook_url', 'Refusals are told to moderators in other ways here: the queue, and `gatehouse verdict`.'],
  ['moderation_bot_user_id', 'Refused events are not signed, so no bot has to redact them; make it a moderator.'],
  ['access_token', 'Tokens of policyserv mean nothing here.'],
  ['hma_api_url', 'Configure it as `url` of a `media_hash` in the section `remote_checks`.'],
  ['hma_api_key', 'Configure it as `token_file` of a `media_hash` in the section `remote_checks`.'],
  ['openai_api_key', 'Configure it as `token_file` of a `moderation` in the section `remote_checks`.'],
  ['openai_allowed_room_ids', 'Switch the rule on in these rooms: gatehouse rules edit-mode RULE on --room ID'],
  ['mjolnir_filter_room_id', 'Subscribe to it: gatehouse lists subscribe ROOM --community ID --trust enforce'],
  ['trusted_origins', 'What a room’s state is, its own servers tell here, and it is checked.'],
]);

const ALWAYS = { keys: [], from: 'default', rules: [] } as const;

export const LIMITS: readonly ImportNote[] = [
  {
    ...{ what: 'all filters', ...ALWAYS, outcome: 'differs' },
    notes: [
      'Moderators of a room are not judged by the rules, unless a rule says `exempt: {moderators: false}`; there they were.',
      'Leaving, kicks, bans and deleting one’s own messages are never refused.',
      'A check that fails is passed over unless its rule says otherwise; there it made the whole answer fail.',
    ],
  },
  {
    ...{ what: 'ProtectLocalUser', ...ALWAYS, outcome: 'not_needed' },
    notes: ['The bot may be invited, kicked and banned by who has the power to; it is not in need of protection.'],
  },
];
