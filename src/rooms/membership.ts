/** Getting the bot into rooms and out of them: invites, joins and leaves, on command and by itself. */
import { randomBytes } from 'node:crypto';
import { parsePdu, type Pdu } from '../protocol/events.ts';
import { checkContentHash } from '../protocol/hashes.ts';
import { parseRoomAlias, serverNameOfAlias, type RoomAlias } from '../protocol/ids/room-alias.ts';
import { parseRoomId, type RoomId } from '../protocol/ids/room-id.ts';
import { parseServerName, type ServerName } from '../protocol/ids/server-name.ts';
import { parseUserId, serverNameOf } from '../protocol/ids/user-id.ts';
import { ownString } from '../protocol/json.ts';
import { roomVersionRules, type RoomVersionRules } from '../protocol/room-versions.ts';
import { signEvent } from '../protocol/signing.ts';
import type { GlobMatcher } from '../protocol/glob.ts';
import type { RoomGraph } from './graph/room-graph.ts';
import { makeOwnMembership } from './identity.ts';
import { joinThroughServer, type JoinedRoom } from './join.ts';
import type { InviteInput, InviteOutcome, JoinOutcome, LeaveOutcome } from './outcomes.ts';
import type { RoomRecord } from './ports.ts';
import { checkInviteState } from './resident/invite-state.ts';
import type { Room } from './room.ts';
import type { RegistryDeps, RoomRegistry } from './room-registry.ts';

export interface MembershipDeps extends RegistryDeps {
  readonly registry: RoomRegistry;
  /** Whose invites the bot accepts. */
  readonly acceptsInvitesFrom: readonly GlobMatcher[];
  readonly onEvent: (event: MembershipEvent) => void;
  /** Told that the owner wants nothing more of a room; may be told so again. */
  readonly onLeft: (roomId: RoomId) => Promise<void>;
}

/** What happened, for the log. */
export type MembershipEvent =
  | { type: 'invited'; roomId: RoomId; sender: string }
  | { type: 'joined'; roomId: RoomId; via: ServerName; leftOutEvents: number; examples: readonly string[] }
  | { type: 'joinFailed'; roomId: RoomId; attempts: readonly Attempt[] }
  | { type: 'left'; roomId: RoomId };

interface Attempt {
  readonly server: ServerName;
  readonly reason: string;
}

const RETRIES_AFTER_INVITE = 7;
const RETRIES_ON_COMMAND = 0;
const MAX_VIA = 10;
/** Joins of a room whose state is remembered as its past. */
const MAX_JOINS = 10;
const CATCH_UP_TIMEOUT_MS = 5_000;
/** Pauses between rounds of a join that was promised by accepting an invite. */
const ROUND_PAUSES_MS = [5_000, 30_000, 120_000, 600_000];

export class Membership {
  readonly #deps: MembershipDeps;
  readonly #stopping = new AbortController();
  readonly #background = new Set<Promise<unknown>>();
  readonly #attempts = new Map<RoomId, Promise<JoinOutcome>>();

  constructor(deps: MembershipDeps) {
    this.#deps = deps;
  }

  /** Goes on with joins that a restart has interrupted. */
  resume(): void {
    for (const room of this.#deps.registry.all()) {
      if (room.record.membership === 'joining') this.#joinInBackground(room.roomId, room.record.via);
    }
  }

  /** Stops joins in the background; what was promised goes on after the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the server stops'));
    await Promise.allSettled([...this.#background]);
  }

  /** Resolves when nothing goes on in the background any more. */
  async settled(): Promise<void> {
    while (this.#background.size > 0) await Promise.allSettled([...this.#background]);
  }

  /** `PUT /invite`: checks the invite, countersigns it, and joins in the background (server-server API, "Inviting to a room"). */
  async receiveInvite(input: InviteInput): Promise<InviteOutcome> {
    const rules = roomVersionRules(input.roomVersion);
    if (rules === undefined) return { type: 'unsupportedRoomVersion', roomVersion: input.roomVersion };
    const parsed = parsePdu(input.event, rules);
    if (!parsed.ok) return { type: 'invalid', detail: parsed.reason.detail };
    const { pdu } = parsed;
    const wrong = this.#checkInvite(input, pdu) ?? (await this.#wrongVersion(pdu.roomId, rules));
    if (wrong !== undefined) return { type: 'invalid', detail: wrong };
    const [signatures] = await this.#deps.verifier.verifyAll([pdu], { timeoutMs: 10_000 });
    if (signatures?.ok === false) {
      const { type, detail } = signatures.reason;
      return type === 'signature' ? { type: 'invalid', detail } : { type: 'keysUnavailable', detail };
    }
    const unwelcome = await this.#refuseInvite(input, pdu);
    if (unwelcome !== undefined) return { type: 'blocked', detail: unwelcome };
    const wrongState = await checkInviteState({ ...input, rules }, this.#deps.verifier, { timeoutMs: 10_000 });
    if (wrongState !== undefined) return { type: 'invalid', detail: wrongState };
    if (await this.#isWanted(pdu, input.origin)) await this.#promiseJoin(pdu, rules, input.origin);
    const { serverName, serverKey } = this.#deps.identity;
    return { type: 'accepted', event: signEvent(input.event, rules, serverName, serverKey()) };
  }

  #checkInvite(input: InviteInput, pdu: Pdu): string | undefined {
    if (pdu.roomId !== input.roomId) return 'the event belongs to another room than the path says';
    if (pdu.eventId !== input.eventId) return 'the event has another id than the path says';
    if (pdu.type !== 'm.room.member' || ownString(pdu.content, 'membership') !== 'invite') {
      return 'the event is no invite';
    }
    const invited = parseUserId(pdu.stateKey ?? '');
    if (invited === undefined || serverNameOf(invited) !== this.#deps.identity.serverName) {
      return 'the invited user is not of this server';
    }
    if (serverNameOf(pdu.sender) !== input.origin) {
      return 'the sender of the invite is no user of the server that sent it';
    }
    if (checkContentHash(pdu.raw) !== 'match') return 'the content hash does not match';
    return undefined;
  }

  /** Events of a room that is known would be read by the wrong rules. */
  async #wrongVersion(roomId: RoomId, rules: RoomVersionRules): Promise<string | undefined> {
    const version = await this.#deps.registry.settledVersion(roomId);
    return version === undefined || version === rules.version ? undefined : `the room is of version ${version}`;
  }

  /** Why a sound invite is not wanted: a sentence for who sent it. */
  async #refuseInvite(input: InviteInput, pdu: Pdu): Promise<string | undefined> {
    const { registry, identity } = this.#deps;
    // @NOTE the text has no 404 for invites: for a user that there is not, nobody is permitted to send them.
    if (pdu.stateKey !== identity.botUserId) return 'this server has no such user';
    const view = await registry.factsOf(input.roomId);
    if (view?.membership === 'joined' && !view.acl(input.origin)) return 'the room bans your server by its ACL';
    const accepts = this.#deps.acceptsInvitesFrom.some((matches) => matches(pdu.sender));
    return accepts ? undefined : `${identity.botUserId} does not accept invites from ${pdu.sender}`;
  }

  /**
   * An invite into a room that the bot is in means that it missed being removed, or nothing: anybody can make one up.
   * So the room's own events decide, and until they say otherwise the room keeps its state and its protection.
   */
  async #isWanted(invite: Pdu, origin: ServerName): Promise<boolean> {
    const { registry } = this.#deps;
    const isJoined = (): boolean => registry.get(invite.roomId)?.record.membership === 'joined';
    if (isJoined()) await registry.catchUp(invite, origin, CATCH_UP_TIMEOUT_MS);
    return !isJoined();
  }

  /** Recorded before the invite is answered, so that a crash does not lose it. */
  async #promiseJoin(invite: Pdu, rules: RoomVersionRules, origin: ServerName): Promise<void> {
    const { registry, clock } = this.#deps;
    const known = registry.get(invite.roomId);
    const via = [...new Set([origin, ...(known?.record.via ?? [])])].slice(0, MAX_VIA);
    const record: RoomRecord = {
      roomId: invite.roomId,
      roomVersion: rules.version,
      membership: 'joining',
      via,
      since: clock.now(),
      historyFrontier: known?.record.historyFrontier ?? [],
      joins: known?.record.joins ?? [],
    };
    await registry.setRecord(record, rules);
    this.#deps.onEvent({ type: 'invited', roomId: invite.roomId, sender: invite.sender });
    setImmediate(() => {
      this.#joinInBackground(invite.roomId, via);
    });
  }

  #joinInBackground(roomId: RoomId, via: readonly ServerName[]): void {
    if (this.#stopping.signal.aborted) return;
    const { registry } = this.#deps;
    const work = registry.trackJoin(roomId, this.#joinInRounds(roomId, via)).finally(() => {
      this.#background.delete(work);
    });
    this.#background.add(work);
    work.catch(() => undefined);
  }

  async #joinInRounds(roomId: RoomId, via: readonly ServerName[]): Promise<void> {
    for (const pause of [...ROUND_PAUSES_MS, undefined]) {
      if (await this.#hasJoined(roomId, via)) return;
      if (pause === undefined || this.#deps.registry.get(roomId)?.record.membership !== 'joining') break;
      await this.#deps.clock.sleep(pause, this.#stopping.signal);
    }
    const room = this.#deps.registry.get(roomId);
    if (room?.record.membership === 'joining') await this.#deps.registry.markLeft(room, 'no server let the bot in');
  }

  /** A failure of our own, a full disk say, is tried again like one of the others. */
  async #hasJoined(roomId: RoomId, via: readonly ServerName[]): Promise<boolean> {
    try {
      return (await this.#joinThrough(roomId, via, RETRIES_AFTER_INVITE)).type !== 'failed';
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'failed here';
      this.#deps.onEvent({
        type: 'joinFailed',
        roomId,
        attempts: [{ server: this.#deps.identity.serverName, reason }],
      });
      return false;
    }
  }

  /** On command: by room id or alias, through the given servers and those that the id or alias names. */
  async join(target: RoomId | RoomAlias, via: readonly ServerName[]): Promise<JoinOutcome> {
    const alias = parseRoomAlias(target);
    const roomId = parseRoomId(target);
    if (roomId !== undefined) return await this.#joinRoom(roomId, via);
    if (alias === undefined) throw new TypeError('neither room id nor alias');
    const resolved = await this.#resolveAlias(alias, [...via, serverNameOfAlias(alias)]);
    return 'type' in resolved ? resolved : await this.#joinRoom(resolved.roomId, [...via, ...resolved.servers]);
  }

  async #joinRoom(roomId: RoomId, servers: readonly ServerName[]): Promise<JoinOutcome> {
    const known = this.#deps.registry.get(roomId);
    if (known?.record.membership === 'joined') return { type: 'alreadyJoined', roomId };
    const domain = parseServerName(roomId.includes(':') ? roomId.slice(roomId.indexOf(':') + 1) : '');
    const all = [...new Set([...servers, ...(known?.record.via ?? []), ...(domain === undefined ? [] : [domain])])];
    return await this.#deps.registry.trackJoin(
      roomId,
      this.#joinThrough(roomId, all.slice(0, MAX_VIA), RETRIES_ON_COMMAND),
    );
  }

  async #resolveAlias(
    alias: RoomAlias,
    servers: readonly ServerName[],
  ): Promise<{ roomId: RoomId; servers: readonly ServerName[] } | (JoinOutcome & { type: 'failed' })> {
    const attempts: Attempt[] = [];
    for (const server of new Set(servers)) {
      const answer = await this.#deps.requests.resolveAlias(server, alias);
      if (answer.ok) return { roomId: answer.value.roomId, servers: [server, ...answer.value.servers] };
      attempts.push({ server, reason: answer.reason });
    }
    return { type: 'failed', attempts };
  }

  /** One attempt a room at a time: whoever comes second finds the room joined, and need not check its state again. */
  async #joinThrough(roomId: RoomId, via: readonly ServerName[], retriesAfterInvite: number): Promise<JoinOutcome> {
    const first = this.#attempts.get(roomId);
    const attempt = (async (): Promise<JoinOutcome> => {
      const outcome = await first?.catch(() => undefined);
      if (outcome !== undefined && outcome.type !== 'failed') return { type: 'alreadyJoined', roomId };
      return await this.#joinThroughServers(roomId, via, retriesAfterInvite);
    })();
    this.#attempts.set(roomId, attempt);
    try {
      return await attempt;
    } finally {
      if (this.#attempts.get(roomId) === attempt) this.#attempts.delete(roomId);
    }
  }

  async #joinThroughServers(
    roomId: RoomId,
    via: readonly ServerName[],
    retriesAfterInvite: number,
  ): Promise<JoinOutcome> {
    const { registry, identity, requests, verifier, clock } = this.#deps;
    const attempts: Attempt[] = [];
    const before = registry.get(roomId)?.record;
    for (const server of via.filter((name) => name !== identity.serverName)) {
      const result = await joinThroughServer({
        roomId,
        server,
        identity,
        requests,
        verifier,
        clock,
        retriesAfterInvite,
        onJoining: async (rules) => await this.#recordJoining(roomId, via, rules),
      });
      if (!result.ok) {
        attempts.push({ server, reason: result.reason });
        continue;
      }
      await this.#finishJoin(roomId, server, via, result.room);
      return { type: 'joined', roomId, via: server };
    }
    this.#deps.onEvent({ type: 'joinFailed', roomId, attempts });
    const room = registry.get(roomId);
    if (room?.record.membership === 'joining' && before?.membership !== 'joining') {
      await registry.markLeft(room, 'no server let the bot in');
    }
    return { type: 'failed', attempts };
  }

  /** Nothing that the other server says of the room is believed yet. A sentence where its version cannot be. */
  async #recordJoining(
    roomId: RoomId,
    via: readonly ServerName[],
    rules: RoomVersionRules,
  ): Promise<string | undefined> {
    const { registry, clock } = this.#deps;
    const wrong = await this.#wrongVersion(roomId, rules);
    if (wrong !== undefined) return `offered room version ${rules.version}, but ${wrong}`;
    const { joins = [], historyFrontier = [] } = registry.get(roomId)?.record ?? {};
    const [roomVersion, since] = [rules.version, clock.now()];
    await registry.setRecord({ roomId, roomVersion, membership: 'joining', via, since, historyFrontier, joins }, rules);
    return undefined;
  }

  async #finishJoin(roomId: RoomId, server: ServerName, via: readonly ServerName[], joined: JoinedRoom): Promise<void> {
    const { registry, store, clock } = this.#deps;
    const record: RoomRecord = {
      roomId,
      roomVersion: joined.rules.version,
      membership: 'joined',
      via: [...new Set([server, ...via])].slice(0, MAX_VIA),
      since: clock.now(),
      historyFrontier: joined.join.prevEvents,
      joins: [joined.join.eventId, ...(registry.get(roomId)?.record.joins ?? [])].slice(0, MAX_JOINS),
    };
    const graph = await registry.graphOf(roomId);
    if (graph === undefined) throw new Error('a room is known before it is joined');
    await graph.start(record, joined, server);
    // What the join cites is of the past once a server gives it: its ids are the choice of whom we joined through.
    await store.addKnownEvents(roomId, [joined.join.eventId]);
    const { count, examples } = joined.leftOut;
    this.#deps.onEvent({ type: 'joined', roomId, via: server, leftOutEvents: count, examples });
    const older = registry.extendHistory(graph.room, server).catch(() => false);
    this.#background.add(older);
    void older.then(() => this.#background.delete(older));
  }

  /** `make_leave`, then `send_leave`: we keep signing, our own leave included, until a server has taken it. */
  async leave(roomId: RoomId): Promise<LeaveOutcome> {
    const { registry, identity } = this.#deps;
    const graph = await registry.graphOf(roomId);
    const room = graph?.room;
    if (graph === undefined || room === undefined) return { type: 'notJoined' };
    if (room.record.membership === 'left') {
      await this.#deps.onLeft(roomId);
      return { type: 'notJoined' };
    }
    if (
      room.record.membership === 'joined' &&
      [...room.joinedServers().keys()].every((name) => name === identity.serverName)
    ) {
      return await this.#leaveAlone(graph);
    }
    const attempts: Attempt[] = [];
    for (const server of registry.serversToAsk(room)) {
      const reason = await this.#leaveThrough(room, server);
      if (reason === undefined) {
        return await this.#afterLeaving(room);
      }
      attempts.push({ server, reason });
    }
    return { type: 'failed', attempts };
  }

  /** Nobody else is in the room whom we could ask, or who would have to know. */
  async #leaveAlone(graph: RoomGraph): Promise<LeaveOutcome> {
    const { botUserId, serverName } = this.#deps.identity;
    const content = { membership: 'leave' };
    const sent = await graph.send({ type: 'm.room.member', stateKey: botUserId, sender: botUserId, content });
    if (!sent.ok) return { type: 'failed', attempts: [{ server: serverName, reason: sent.reason }] };
    return await this.#afterLeaving(graph.room);
  }

  async #afterLeaving(room: Room): Promise<LeaveOutcome> {
    const { roomId } = room;
    await this.#deps.registry.markLeft(room, 'left on command');
    await this.#deps.onLeft(roomId);
    this.#deps.onEvent({ type: 'left', roomId });
    return { type: 'left', roomId };
  }

  async #leaveThrough(room: Room, server: ServerName): Promise<string | undefined> {
    const { identity, requests, clock } = this.#deps;
    const template = await requests.makeLeave(server, room.roomId, identity.botUserId);
    if (!template.ok) return template.reason;
    if (ownString(template.value.event, 'room_id') !== room.roomId) return 'sent a leave template for another room';
    const made = makeOwnMembership(identity, room.rules, template.value.event, {
      content: { membership: 'leave' },
      originServerTs: clock.now(),
      eventId: `$${randomBytes(18).toString('base64url')}:${identity.serverName}`,
    });
    if (!made.ok) return `sent a useless leave template: ${made.detail}`;
    const sent = await requests.sendLeave(server, room.roomId, made.pdu.eventId, made.pdu.raw);
    return sent.ok ? undefined : sent.reason;
  }
}
