/** All filters, by the name that rules use. */
import type { DefinedFilter } from './filter.ts';
import { atSigns } from './at-signs.ts';
import { clockDrift } from './clock-drift.ts';
import { displayName } from './display-name.ts';
import { encrypted } from './encrypted.ts';
import { eventSize } from './event-size.ts';
import { eventType } from './event-type.ts';
import { firstMessage } from './first-message.ts';
import { inlineImages } from './inline-images.ts';
import { invited } from './invited.ts';
import { links } from './links.ts';
import { lookalike } from './lookalike.ts';
import { malformed } from './malformed.ts';
import { media } from './media.ts';
import { membership } from './membership.ts';
import { mentions } from './mentions.ts';
import { newcomer } from './newcomer.ts';
import { policyList } from './policy-list.ts';
import { powerLevel } from './power-level.ts';
import { relation } from './relation.ts';
import { sender } from './sender.ts';
import { stickyEvent } from './sticky-event.ts';
import { testString } from './test-string.ts';
import { time } from './time.ts';
import { unknownFields } from './unknown-fields.ts';
import { userIdShape } from './user-id-shape.ts';
import { weakKey } from './weak-key.ts';
import { words } from './words.ts';

export const FILTERS: readonly DefinedFilter[] = [
  testString,
  words,
  mentions,
  atSigns,
  links,
  media,
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
  policyList,
  time,
];

const byName: ReadonlyMap<string, DefinedFilter> = new Map(FILTERS.map((filter) => [filter.name, filter]));

export function filterNamed(name: string): DefinedFilter | undefined {
  return byName.get(name);
}
