import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { RecordingLog, serverNamed } from '../../tests/support/federation-fakes.ts';
import { parseEventId, type EventId } from '../protocol/ids/event-id.ts';
import type { ServerName } from '../protocol/ids/server-name.ts';
import { isJsonArray, isJsonObject, own, ownString, type JsonObject } from '../protocol/json.ts';
import type { FederationRequest, FederationResponse } from './federation-client.ts';
import { FederationError } from './federation-error.ts';
import type { Outbox, WaitingEvent } from './outbox.ts';
import { SendQueue } from './send-queue.ts';

const US = serverNamed('us.example');
const A = serverNamed('a.example');
const B = serverNamed('b.example');
const HOUR_MS = 3_600_000;

function eventIdOf(text: string): EventId {
  const eventId = parseEventId(text);
  if (eventId === undefined) throw new TypeError(text);
  return eventId;
}

/** Rooms are the first letter of an event's name. */
class MapOutbox implements Outbox {
  readonly queues = new Map<ServerName, WaitingEvent[]>();
  isBroken = false;
  #sequence = 0;

  put(destination: ServerName, name: string): void {
    this.#sequence += 1;
    const event = { eventId: eventIdOf(`$${name}`), raw: { name } };
    this.queues.set(destination, [...(this.queues.get(destination) ?? []), { sequence: this.#sequence, event }]);
  }

  async destinations(): Promise<readonly ServerName[]> {
    return [...this.queues].filter(([, events]) => events.length > 0).map(([name]) => name);
  }

  async next(destination: ServerName, limit: number): Promise<readonly WaitingEvent[]> {
    if (this.isBroken) throw new Error('the disk is gone');
    return (this.queues.get(destination) ?? []).slice(0, limit);
  }

  async done(destination: ServerName, upTo: number): Promise<void> {
    const rest = (this.queues.get(destination) ?? []).filter(({ sequence }) => sequence > upTo);
    this.queues.set(destination, rest);
  }

  async waiting(destination: ServerName): Promise<number> {
    return this.queues.get(destination)?.length ?? 0;
  }

  async thinOut(destination: ServerName): Promise<number> {
    const before = this.queues.get(destination) ?? [];
    const newest = new Map(before.map((waiting) => [waiting.event.eventId[1], waiting]));
    const kept = before.filter((waiting) => newest.get(waiting.event.eventId[1]) === waiting);
    this.queues.set(destination, kept);
    return before.length - kept.length;
  }
}

interface Sent {
  readonly destination: ServerName;
  readonly id: string;
  readonly names: readonly string[];
  readonly body: JsonObject;
}

type Answering = (sent: Sent) => Promise<FederationResponse> | FederationResponse;

const OK: FederationResponse = { status: 200, body: { pdus: {} } };

class Stage {
  readonly clock = new FakeClock();
  readonly outbox = new MapOutbox();
  readonly log = new RecordingLog();
  readonly sent: Sent[] = [];
  readonly inFlight = new Map<ServerName, number>();
  most = 0;
  answering: Answering = () => OK;
  queue = this.open();

  open(maxAtOnce = 4): SendQueue {
    const client = { request: (request: FederationRequest) => this.request(request) };
    const { clock, outbox, log } = this;
    this.queue = new SendQueue({ serverName: US, outbox, client, clock, log, random: () => 0.5, maxAtOnce });
    return this.queue;
  }

  async request(request: FederationRequest): Promise<FederationResponse> {
    const { destination, body = {} } = request;
    const running = (this.inFlight.get(destination) ?? 0) + 1;
    assert.equal(running, 1, 'one transaction at a time');
    this.inFlight.set(destination, running);
    this.most = Math.max(
      this.most,
      [...this.inFlight.values()].reduce((sum, count) => sum + count, 0),
    );
    const pdus = own(body, 'pdus');
    const names = (isJsonArray(pdus) ? pdus : []).map((pdu) =>
      isJsonObject(pdu) ? (ownString(pdu, 'name') ?? '') : '',
    );
    const sent = { destination, id: request.uri.split('/').at(-1) ?? '', names, body };
    this.sent.push(sent);
    try {
      await Promise.resolve();
      return await this.answering(sent);
    } finally {
      this.inFlight.set(destination, 0);
    }
  }

  namesTo(destination: ServerName): readonly string[] {
    return this.sent.filter((sent) => sent.destination === destination).flatMap(({ names }) => names);
  }

  put(destination: ServerName, ...names: readonly string[]): void {
    for (const name of names) this.outbox.put(destination, name);
    this.queue.wake([destination]);
  }
}

const unreachable: Answering = () => {
  throw new FederationError('unreachable', 'connection refused');
};

function numbered(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index)}`);
}

describe('the send queue', () => {
  it('sends in order, at most 50 events at once, and nothing twice', async () => {
    const stage = new Stage();
    const names = numbered('r', 120);
    stage.put(A, ...names);
    await stage.queue.settled();
    assert.deepEqual(stage.namesTo(A), names);
    assert.deepEqual(
      stage.sent.map((sent) => sent.names.length),
      [50, 50, 20],
    );
    assert.equal(new Set(stage.sent.map(({ id }) => id)).size, 3);
    assert.deepEqual(await stage.outbox.destinations(), []);
  });

  it('repeats a transaction as it was, whatever has come meanwhile', async () => {
    const stage = new Stage();
    stage.answering = unreachable;
    stage.put(A, 'r1', 'r2');
    await stage.queue.settled();
    stage.put(A, 'r3');
    stage.answering = () => OK;
    await stage.clock.advance(2_000);
    await stage.queue.settled();
    const [first, second, third] = stage.sent;
    assert.deepEqual(second?.body, first?.body);
    assert.equal(second?.id, first?.id);
    assert.deepEqual(third?.names, ['r3']);
  });

  it('waits longer after each failure, and less long when the server has contacted us', async () => {
    const stage = new Stage();
    stage.answering = unreachable;
    stage.put(A, 'r1');
    await stage.queue.settled();
    await stage.clock.advance(30 * 60_000);
    const attempts = stage.sent.length;
    assert.ok(attempts >= 9 && attempts <= 11, String(attempts));
    stage.answering = () => OK;
    stage.queue.markAlive(A);
    await stage.clock.advance(10_000);
    assert.equal(stage.sent.length, attempts + 1);
    assert.deepEqual(await stage.outbox.destinations(), []);
  });

  it('does as a server asks that has too much to do', async () => {
    const stage = new Stage();
    stage.answering = () => ({ status: 429, body: { retry_after_ms: 60_000 } });
    stage.put(A, 'r1');
    await stage.queue.settled();
    await stage.clock.advance(59_000);
    assert.equal(stage.sent.length, 1);
    await stage.clock.advance(2_000);
    assert.equal(stage.sent.length, 2);
  });

  it('sends only the newest event of each room after a long outage', async () => {
    const stage = new Stage();
    stage.answering = unreachable;
    stage.put(A, 'r1', 's1', 'r2', 's2', 'r3');
    await stage.queue.settled();
    await stage.clock.advance(3 * HOUR_MS);
    stage.answering = () => OK;
    stage.sent.length = 0;
    await stage.clock.advance(2 * HOUR_MS);
    assert.deepEqual(stage.namesTo(A), ['s2', 'r3']);
  });

  it('keeps other destinations going while one hangs, a bounded number at once', async () => {
    const stage = new Stage();
    const hang = Promise.withResolvers<FederationResponse>();
    stage.answering = ({ destination }) => (destination === A ? hang.promise : OK);
    stage.put(A, 'r1');
    for (const index of numbered('', 30)) stage.put(serverNamed(`s${index}.example`), 'r1', 'r2');
    while (stage.sent.length < 31) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(stage.most <= 4, String(stage.most));
    hang.resolve(OK);
    await stage.queue.settled();
    assert.deepEqual(await stage.outbox.destinations(), []);
  });

  it('finds the one event that a server refuses to read, and leaves it out', async () => {
    const stage = new Stage();
    stage.answering = ({ names }) => (names.includes('r3') ? { status: 400, body: {} } : OK);
    stage.put(A, ...numbered('r', 6));
    await stage.queue.settled();
    await stage.clock.advance(120_000);
    await stage.queue.settled();
    assert.deepEqual(await stage.outbox.destinations(), []);
    const taken = stage.sent.filter(({ names }) => !names.includes('r3')).flatMap(({ names }) => names);
    assert.deepEqual(taken, ['r0', 'r1', 'r2', 'r4', 'r5']);
    assert.deepEqual(
      stage.log.warnings.map(({ message }) => message),
      ['an event is not sent: the server refuses it as malformed'],
    );
  });

  it('goes on after a restart, and when storage is back', async () => {
    const stage = new Stage();
    const hang = Promise.withResolvers<FederationResponse>();
    stage.answering = () => hang.promise;
    stage.put(A, 'r1');
    await new Promise((resolve) => setImmediate(resolve));
    const stopped = stage.queue.stop();
    stage.put(B, 'r2');
    hang.resolve(OK);
    await stopped;
    assert.deepEqual(stage.namesTo(B), []);
    stage.outbox.isBroken = true;
    await stage.open().start();
    await stage.queue.settled();
    assert.equal(stage.log.warnings.length, 1);
    stage.outbox.isBroken = false;
    await stage.clock.advance(2_000);
    await stage.queue.settled();
    assert.deepEqual(stage.namesTo(B), ['r2']);
  });

  it('delivers exactly the outbox, in order, whatever fails and whenever it is restarted', async () => {
    const step = fc.oneof(
      fc.record({
        type: fc.constant('put' as const),
        to: fc.constantFrom(A, B),
        count: fc.integer({ min: 1, max: 40 }),
      }),
      fc.record({ type: fc.constant('time' as const), ms: fc.integer({ min: 1, max: 20_000 }) }),
      fc.record({ type: fc.constant('alive' as const), to: fc.constantFrom(A, B) }),
      fc.constant({ type: 'restart' as const }),
    );
    const failures = fc.infiniteStream(fc.constantFrom('ok', 'ok', 'lost', 'error', 'down'));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), failures, async (steps, outcomes) => {
        const stage = new Stage();
        const received = new Map<ServerName, string[]>([
          [A, []],
          [B, []],
        ]);
        stage.answering = ({ destination, names }) => {
          const outcome: unknown = isOver ? 'ok' : outcomes.next().value;
          if (outcome === 'down') return unreachable({ destination, names, id: '', body: {} });
          if (outcome === 'error') return { status: 502, body: undefined };
          const known = received.get(destination) ?? [];
          // As the receiver sees it: what it has already is dropped, and nothing may come before its turn.
          for (const name of names) if (!known.includes(name)) known.push(name);
          if (outcome === 'lost') throw new FederationError('timeout', 'no answer');
          return OK;
        };
        let isOver = false;
        let count = 0;
        const expected = new Map<ServerName, string[]>([
          [A, []],
          [B, []],
        ]);
        for (const next of steps) {
          if (next.type === 'put') {
            const names = numbered(`r${String((count += 1))}-`, next.count);
            expected.get(next.to)?.push(...names);
            stage.put(next.to, ...names);
          } else if (next.type === 'time') await stage.clock.advance(next.ms);
          else if (next.type === 'alive') stage.queue.markAlive(next.to);
          else {
            await stage.queue.stop();
            await stage.open().start();
          }
        }
        isOver = true;
        await stage.queue.settled();
        await stage.clock.advance(HOUR_MS);
        await stage.queue.settled();
        assert.deepEqual(received, expected);
        assert.deepEqual(await stage.outbox.destinations(), []);
      }),
      { numRuns: 200 },
    );
  });
});
