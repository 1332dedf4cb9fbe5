/** All filters, by the name that rules use. */
import type { DefinedFilter } from './filter.ts';
import { atSigns } from './at-signs.ts';
import { clockDrift } from './clock-drift.ts';
import { confusables } from './confusables.ts';
import { density } from './density.ts';
import { displayName } from './display-name.ts';
import { encrypted } from './encrypted.ts';
import { eventSize } from './event-size.ts';
import { eventType } from './event-type.ts';
import { firstMessage } from './first-message.ts';
import { fileName } from './file-name.ts';
import { inlineImages } from './inline-images.ts';
import { invisibleCharacters } from './invisible-characters.ts';
import { invited } from './invited.ts';
import { letterCase } from './letter-case.ts';
import { links } from './links.ts';
import { lookalike } from './lookalike.ts';
import { malformed } from './malformed.ts';
import { matrixLinks } from './matrix-links.ts';
import { mediaSize } from './media-size.ts';
import { mediaType } from './media-type.ts';
import { mediaHash } from './media-hash.ts';
import { media } from './media.ts';
import { membership } from './membership.ts';
import { mentions } from './mentions.ts';
import { messageType } from './message-type.ts';
import { nearDuplicate } from './near-duplicate.ts';
import { newcomer } from './newcomer.ts';
import { openRegistration } from './open-registration.ts';
import { padding } from './padding.ts';
import { policyList } from './policy-list.ts';
import { powerLevel } from './power-level.ts';
import { raid } from './raid.ts';
import { rate } from './rate.ts';
import { rawContent } from './raw-content.ts';
import { rawText } from './raw-text.ts';
import { regex } from './regex.ts';
import { relation } from './relation.ts';
import { repeatedCharacters } from './repeated-characters.ts';
import { scripts } from './scripts.ts';
import { remote } from './remote.ts';
import { sender } from './sender.ts';
import { stickyEvent } from './sticky-event.ts';
import { testString } from './test-string.ts';
import { textLength } from './text-length.ts';
import { time } from './time.ts';
import { unknownFields } from './unknown-fields.ts';
import { userIdShape } from './user-id-shape.ts';
import { weakKey } from './weak-key.ts';
import { words } from './words.ts';
import { zalgo } from './zalgo.ts';

export const FILTERS: readonly DefinedFilter[] = [
  testString,
  words,
  regex,
  textLength,
  density,
  padding,
  letterCase,
  repeatedCharacters,
  zalgo,
  scripts,
  confusables,
  invisibleCharacters,
  rawContent,
  rawText,
  mentions,
  atSigns,
  links,
  matrixLinks,
  messageType,
  media,
  mediaType,
  mediaSize,
  fileName,
  inlineImages,
  eventType,
  relation,
  stickyEvent,
  eventSize,
  unknownFields,
  malformed,
  clockDrift,
  weakKey,
  membership,
  encrypted,
  sender,
  userIdShape,
  displayName,
  lookalike,
  newcomer,
  powerLevel,
  invited,
  firstMessage,
  rate,
  raid,
  nearDuplicate,
  policyList,
  openRegistration,
  mediaHash,
  remote,
  time,
];

const byName: ReadonlyMap<string, DefinedFilter> = new Map(FILTERS.map((filter) => [filter.name, filter]));

export function filterNamed(name: string): DefinedFilter | undefined {
  return byName.get(name);
}
