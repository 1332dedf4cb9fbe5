/** A database that cannot be written, and everything slow at once: `/sign` answers in time, and nobody pays for it. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it, mock } from 'node:test';
import { signingKeyFromSeed } from '../../src/protocol/ed25519.ts';
import { own, ownString, type JsonObject } from '../../src/protocol/json.ts';
import type { Answer, FakeOrigin } from '../support/fake-origin.ts';
import { keyIdOf, serverNamed } from '../support/federation-fakes.ts';
import { userAt, type RoomBuilder } from '../support/room-builder.ts';
import { protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';
import { startTlsServer } from '../support/tls-server.ts';
import { startWebServer } from '../support/web-server.ts';

/** What `/sign` may take: the asking server waits no longer for long. */
const BUDGET_MS = 10_000;
/** Messages within an hour that people may write. */
const ALLOWED = 3;
/** Does not fit into the pages that the database has. */
const LONG_TEXT = 'long '.repeat(6_000);

/** Asks, and makes sure that the answer comes in time. */
async function ask(origin: FakeOrigin, gatehouse: TestGatehouse, event: JsonObject): Promise<Answer> {
  const begun = performance.now();
  const answer = await origin.askToSign(gatehouse.serverName, event);
  assert.ok(performance.now() - begun < BUDGET_MS, 'answered within the budget');
  return answer;
}

function assertBusy(answer: Answer): void {
  assert.deepEqual([answer.status, answer.body['errcode']], [400, 'M_FORBIDDEN'], answer.text);
  assert.match(answer.text, /try again/);
  assert.equal(own(answer.body, 'org.gatehouse.reference'), undefined, 'busy is no verdict');
}

describe('a database that cannot be written', () => {
  /** Every connection of this process, so that SQLite itself can be told to fail. */
  const connections = new Set<DatabaseSync>();
  let network: TestNetwork;
  let gatehouse: TestGatehouse;
  let origin: FakeOrigin;
  let room: RoomBuilder;

  before(async () => {
    const prepare = Reflect.get(DatabaseSync.prototype, 'prepare');
    mock.method(DatabaseSync.prototype, 'prepare', function remember(this: DatabaseSync, ...given: [string]) {
      connections.add(this);
      return prepare.apply(this, given);
    });
    network = await TestNetwork.start();
    const many = { when: { rate: { more_than: ALLOWED, within: '1h', across: 'room' } }, message: 'Too many.' };
    gatehouse = await network.gatehouse({ policy: { rules: { many } } });
    origin = await network.origin();
    room = origin.createRoom('11', { joinRule: 'public' });
    for (const { name } of FAULTS) room.addMember(origin.user(name), 'join');
    await protectRoom(gatehouse, origin, room);
  });
  after(async () => {
    mock.restoreAll();
    await network[Symbol.asyncDispose]();
  });

  function databaseFile(): string {
    return path.join(gatehouse.dataDir, 'gatehouse.db');
  }

  function tellSqlite(pragma: string): void {
    const ours = [...connections].filter((connection) => connection.isOpen && connection.location() === databaseFile());
    assert.ok(ours.length > 0);
    for (const connection of ours) connection.exec(`PRAGMA ${pragma}`);
  }

  interface Fault {
    readonly name: string;
    /** What operators are told. */
    readonly sentence: RegExp;
    /** Small writes may succeed still. */
    readonly isPartial?: true;
    /** Returns what ends it. */
    readonly begin: () => () => void;
  }

  const FAULTS: readonly Fault[] = [
    {
      name: 'busy',
      sentence: /Another program keeps the database locked/,
      begin: () => {
        const other = new DatabaseSync(databaseFile());
        other.exec('BEGIN IMMEDIATE');
        return () => {
          other.close();
        };
      },
    },
    {
      name: 'read-only',
      sentence: /The database cannot be written/,
      begin: () => {
        tellSqlite('query_only = ON');
        return () => {
          tellSqlite('query_only = OFF');
        };
      },
    },
    {
      name: 'full',
      sentence: /The disk that holds the database is full/,
      isPartial: true,
      begin: () => {
        // No fewer than there are: not one page more.
        tellSqlite('max_page_count = 1');
        return () => {
          tellSqlite('max_page_count = 4294967294');
        };
      },
    },
  ];

  for (const fault of FAULTS) {
    const { name, sentence, isPartial = false, begin } = fault;

    it(`because it is ${name} refuses nobody for good, and counts nothing against anybody`, async () => {
      const sender = origin.user(name);
      const events = Array.from({ length: ALLOWED + 1 }, (_, at) =>
        room.makeMessage(`${String(at)} ${LONG_TEXT}`, { sender }),
      );
      const end = begin();
      try {
        for (const answer of await Promise.all(events.map((event) => ask(origin, gatehouse, event)))) {
          assertBusy(answer);
        }
        for (const event of events) {
          const { status } = await gatehouse.owner('GET', `verdicts/${encodeURIComponent(room.parse(event).eventId)}`);
          assert.equal(status, 404, 'no verdict is stored');
        }
      } finally {
        end();
      }
      const statuses: number[] = [];
      for (const event of events) statuses.push((await ask(origin, gatehouse, event)).status);
      assert.deepEqual(statuses, [200, 200, 200, 400]);
      assert.ok(
        gatehouse.complaints.some((line) => sentence.test(JSON.stringify(line))),
        'the log says why',
      );
    });

    it(`because it is ${name} saves no settings, and those from before stay in force`, async () => {
      const quiet = { when: { words: { words: [`loud-${name}`, ...longList()] } } };
      const instance = 'settings/instance';
      const old = (await gatehouse.owner('GET', instance)).text;
      const end = begin();
      try {
        const answer = await gatehouse.owner('PUT', instance, { settings: { rules: { quiet } } });
        assert.deepEqual([answer.status, answer.body['errcode']], [503, 'M_UNKNOWN'], answer.text);
        assert.match(answer.text, sentence);
        assert.match(answer.text, /try again later/);
        assert.equal((await gatehouse.owner('GET', instance)).text, old);
      } finally {
        end();
      }
      const loud = room.makeMessage(`so loud-${name}`);
      assert.equal((await ask(origin, gatehouse, loud)).status, 200);
      const saved = await gatehouse.owner('PUT', instance, { settings: { rules: { quiet } } });
      assert.equal(saved.status, 200, saved.text);
      assert.notEqual((await gatehouse.owner('GET', instance)).text, old);
    });

    if (isPartial) continue;

    it(`because it is ${name} overrides nothing and locks nothing down`, async () => {
      const event = room.makeMessage(`hello ${name}`);
      const signed = (await ask(origin, gatehouse, event)).text;
      const verdict = `verdicts/${encodeURIComponent(room.parse(event).eventId)}`;
      const lockdown = { scope: `room/${room.roomId}`, for: '1h' };
      const end = begin();
      try {
        for (const [to, body] of [
          [`${verdict}/override`, { action: 'refuse', covers: 'everyone' }],
          ['lockdowns', lockdown],
          ['communities', { id: name, settings: { name } }],
        ] as const) {
          const answer = await gatehouse.owner('POST', to, body);
          assert.equal(answer.status, 503, answer.text);
          assert.match(answer.text, sentence);
        }
        assert.equal((await ask(origin, gatehouse, event)).text, signed, 'what is decided is answered all the same');
      } finally {
        end();
      }
      assert.equal((await ask(origin, gatehouse, event)).text, signed);
      assert.deepEqual((await gatehouse.owner('GET', 'lockdowns')).body['lockdowns'], []);
      assert.deepEqual((await gatehouse.owner('GET', 'precedents')).body['precedents'], []);
      assert.equal((await gatehouse.owner('GET', `settings/community/${name}`)).status, 404);
      assert.equal((await ask(origin, gatehouse, room.makeMessage(`hello ${name}`))).status, 200);
      assert.equal((await gatehouse.owner('POST', 'lockdowns', lockdown)).status, 201);
      assert.equal((await ask(origin, gatehouse, room.makeMessage('closed'))).status, 200, 'moderators are not meant');
      assert.equal((await gatehouse.owner('POST', 'lockdowns/end', { scope: lockdown.scope })).status, 200);
    });
  }

  function longList(): string[] {
    return Array.from({ length: 2_000 }, (_, at) => `never-said-${String(at)}`);
  }
});

describe('everything slow at once', () => {
  it('is answered within the budget, and is no verdict', async () => {
    await using network = await TestNetwork.start();
    await using silent = await startTlsServer({ dns: ['localhost'] }, () => undefined);
    await using web = await startWebServer(() => undefined);
    const remote = { slow: { when: { remote: { endpoint: 'slow' } }, on_failure: 'skip' } };
    const gatehouse = await network.gatehouse({
      remote_checks: { slow: { kind: 'http', url: `${web.url}/slow`, deadline: '8s' } },
      policy: { rules: remote },
    });
    const origin = await network.origin();
    const room = origin.createRoom('11', { joinRule: 'public' });
    const serverName = serverNamed(`localhost:${String(silent.port)}`);
    const [slow, bob] = [userAt('slow', serverName), origin.user('bob')];
    room.addSigner({ serverName, key: signingKeyFromSeed(keyIdOf('ed25519:s'), Buffer.alloc(32, 7)) });
    room.addMember(bob, 'join');
    await protectRoom(gatehouse, origin, room);
    // The keys of one cannot be had, and what is asked about the other is not answered.
    const unknown = room.makeMessage('hello', { sender: slow });
    const waiting = room.makeMessage('hello', { sender: bob });
    const [first, second] = await Promise.all([unknown, waiting].map((event) => ask(origin, gatehouse, event)));
    assert.ok(first !== undefined && second !== undefined);
    assertBusy(first);
    assert.equal(second.status, 200, ownString(second.body, 'error') ?? '');
  });
});
