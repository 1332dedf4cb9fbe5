/** Answers whether the people of an event stand on lists to which its room subscribes. */
import type { Pdu } from '../../protocol/events.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { parseUserId, type UserId } from '../../protocol/ids/user-id.ts';
import { ownString } from '../../protocol/json.ts';
import type { ListMatch } from '../answers.ts';
import type { Asked, ListQuestion, ListTrust, Source, Subject } from '../questions.ts';
import type { EventReading } from '../reading/event-reading.ts';
import { readMatrixLinks } from '../reading/matrix-links.ts';
import {
  bansOf,
  personOf,
  roomBansOf,
  type Ban,
  type Person,
  type SubscribedList,
  type SubscribedMatchers,
} from './effect.ts';
import { entityOf, type Entity } from './entity.ts';
import type { ListDirectory } from './list-directory.ts';
import type { ListRule } from './list-rule.ts';
import type { ListMatcher } from './matcher.ts';
import type { RuleStanding } from './ports.ts';

export interface ListSourceDeps {
  readonly directory: Pick<ListDirectory, 'get' | 'load' | 'isKnown'>;
  readonly subscriptionsOf: (roomId: RoomId) => readonly SubscribedList[];
  /** `undefined` for rules without a standing, for which `assess` finds one. */
  readonly standingOf: (scope: string, list: RoomId, rule: ListRule) => RuleStanding | undefined;
  readonly assess: (scope: string, list: RoomId, rule: ListRule, about: Entity) => Promise<RuleStanding>;
  /** Told of matches in lists that are only to be reported. */
  readonly onNotify: (match: ListMatch, subject: Subject) => void;
}

/** What a list says about one person of the event. */
interface Finding {
  readonly ban: Ban;
  readonly path: string;
}

interface Found {
  readonly trust: ListTrust;
  readonly match: ListMatch;
}

const NOTHING: Asked<ListMatch | null> = { state: 'known', value: null };

export function createListSource(deps: ListSourceDeps): Source<'list'> {
  // Several rules ask about one event; each list is looked at once.
  const found = new WeakMap<EventReading, readonly Found[] | Promise<readonly Found[]>>();
  return (question, subject) => {
    let findings = found.get(subject.event);
    if (findings === undefined) {
      findings = lookUp(deps, subject);
      found.set(subject.event, findings);
    }
    return findings instanceof Promise
      ? findings.then((all) => answerFrom(all, question))
      : answerFrom(findings, question);
  };
}

function answerFrom(found: readonly Found[], question: ListQuestion): Asked<ListMatch | null> {
  const { trust, lists, kinds } = question;
  const first = found.find(
    ({ trust: own, match }) =>
      own === trust && lists?.includes(match.list) !== false && kinds?.includes(match.kind) !== false,
  );
  return first === undefined ? NOTHING : { state: 'known', value: first.match };
}

/** At once, unless a list is to be read first or a rule to be looked at. */
function lookUp(deps: ListSourceDeps, subject: Subject): readonly Found[] | Promise<readonly Found[]> {
  const lists: { subscription: SubscribedList; matcher: ListMatcher }[] = [];
  const subscriptions = deps.subscriptionsOf(subject.room.roomId);
  for (const subscription of subscriptions) {
    if (!deps.directory.isKnown(subscription.list)) continue;
    const matcher = deps.directory.get(subscription.list);
    if (matcher === undefined) {
      const known = subscriptions.filter(({ list }) => deps.directory.isKnown(list));
      return loadAll(deps, known).then((all) => judge(deps, subject, all));
    }
    lists.push({ subscription, matcher });
  }
  return lists.length === 0 ? NOBODY : judge(deps, subject, lists);
}

const NOBODY: readonly Found[] = [];

async function loadAll(
  deps: ListSourceDeps,
  subscriptions: readonly SubscribedList[],
): Promise<SubscribedMatchers<ListMatcher>> {
  const lists: { subscription: SubscribedList; matcher: ListMatcher }[] = [];
  for (const subscription of subscriptions) {
    const matcher = await deps.directory.load(subscription.list);
    if (matcher !== undefined) lists.push({ subscription, matcher });
  }
  return lists;
}

function judge(
  deps: ListSourceDeps,
  subject: Subject,
  lists: SubscribedMatchers<ListMatcher>,
): readonly Found[] | Promise<readonly Found[]> {
  const findings: Finding[] = [];
  for (const { person, path } of peopleOf(subject.event.pdu)) {
    for (const ban of bansOf(person, lists)) findings.push({ ban, path });
  }
  findings.push(...roomFindings(subject.event, lists));
  if (findings.length === 0) return NOBODY;
  const scope = subject.community ?? subject.room.roomId;
  const isOpen = ({ ban }: Finding): boolean =>
    needsStanding(ban) && deps.standingOf(scope, ban.subscription.list, ban.rule) === undefined;
  const open = findings.filter(isOpen);
  const conclude = (): readonly Found[] => {
    const standing = findings.filter(({ ban }) => isInForce(deps, scope, ban)).map(foundOf);
    for (const { trust, match } of standing) if (trust === 'notify') deps.onNotify(match, subject);
    return standing;
  };
  if (open.length === 0) return conclude();
  return Promise.all(open.map(({ ban }) => deps.assess(scope, ban.subscription.list, ban.rule, ban.entity))).then(
    conclude,
  );
}

function needsStanding({ isChosen, trust }: Ban): boolean {
  return !isChosen && trust !== 'notify';
}

function isInForce(deps: ListSourceDeps, scope: string, ban: Ban): boolean {
  if (!needsStanding(ban)) return true;
  const standing = deps.standingOf(scope, ban.subscription.list, ban.rule);
  return standing === 'passed' || standing === 'approved';
}

/** Who speaks speaks again: spellings of their names are worked out once; the oldest goes. */
const speakers = new Map<UserId, Person>();
const MOST_SPEAKERS = 20_000;

function speaker(userId: UserId): Person {
  const known = speakers.get(userId);
  if (known !== undefined) return known;
  const person = personOf(userId);
  const [oldest] = speakers.keys();
  if (speakers.size >= MOST_SPEAKERS && oldest !== undefined) speakers.delete(oldest);
  speakers.set(userId, person);
  return person;
}

/** The sender, and whom an invite is for: leaving, kicks and bans are not asked about. */
function peopleOf(pdu: Pdu): readonly { readonly person: Person; readonly path: string }[] {
  const sender = { person: speaker(pdu.sender), path: 'sender' };
  const membership = pdu.type === 'm.room.member' ? ownString(pdu.content, 'membership') : undefined;
  if (membership === undefined || pdu.stateKey === pdu.sender) return [sender];
  const target = parseUserId(pdu.stateKey ?? '');
  return target === undefined ? [sender] : [sender, { person: personOf(target), path: 'state_key' }];
}

/** Rooms that one event may lead to, so that a long text costs no more. */
const MAX_ROOMS = 50;

/** Rooms to which an event leads others, by link or as the child of a space. */
function roomFindings(event: EventReading, lists: SubscribedMatchers<ListMatcher>): readonly Finding[] {
  const withRooms = lists.filter(({ matcher }) => matcher.count('room') > 0);
  if (withRooms.length === 0) return [];
  const { pdu } = event;
  const rooms = new Map<string, string>();
  if (pdu.type === 'm.space.child' && pdu.stateKey !== undefined) rooms.set(pdu.stateKey, 'state_key');
  if (!event.isEncrypted) {
    for (const { kind, id, path } of readMatrixLinks(event.links)) {
      if (kind !== 'user' && rooms.size < MAX_ROOMS) rooms.set(id, path);
    }
  }
  const sender = speaker(pdu.sender);
  return [...rooms].flatMap(([id, path]) =>
    roomBansOf(entityOf('room', id), sender, withRooms).map((ban) => ({ ban, path })),
  );
}

function foundOf({ ban, path }: Finding): Found {
  const { rule, subscription, entity, trust } = ban;
  return {
    trust,
    match: {
      list: subscription.list,
      ruleEventId: rule.eventId,
      kind: rule.kind,
      entity: rule.entity,
      recommendation: rule.recommendation === 'takedown' ? 'takedown' : 'ban',
      reason: rule.reason ?? null,
      about: entity.text,
      path,
    },
  };
}
