import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ownString, type JsonObject } from '../../src/protocol/json.ts';
import type { FakeOrigin } from '../support/fake-origin.ts';
import type { RoomBuilder } from '../support/room-builder.ts';
import { protectRoom, TestNetwork, type TestGatehouse } from '../support/test-network.ts';
import { replyWith, startWebServer, type WebServer } from '../support/web-server.ts';

/** What `/sign` may take: the asking server waits no longer for long. */
const BUDGET_MS = 10_000;
const FAILING = ['down', 'silent', 'broken', 'lying', 'huge', 'hanging_up'] as const;
const MEANINGS = ['skip', 'refuse', 'busy'] as const;

describe('remote checks', () => {
  let network: TestNetwork;
  let web: WebServer;
  let gatehouse: TestGatehouse;
  let origin: FakeOrigin;
  let room: RoomBuilder;
  let isSpam = true;

  before(async () => {
    network = await TestNetwork.start();
    web = await startWebServer((request, response) => {
      switch (request.path.replace(/\?.*$/, '')) {
        case '/hma/h/hash':
          replyWith({ pdq: request.body.includes('banned') ? 'f00d' : 'abcd' })(request, response);
          return;
        case '/hma/m/lookup':
          replyWith(request.path.includes('f00d') ? ['known'] : [])(request, response);
          return;
        case '/silent':
          return;
        case '/broken':
          replyWith({ error: 'out of order' }, 503)(request, response);
          return;
        case '/lying':
          replyWith({ labels: [{ label: 'spam', score: 'very' }] })(request, response);
          return;
        case '/huge':
          replyWith({ labels: [], note: 'x'.repeat(200_000) })(request, response);
          return;
        case '/hanging_up':
          response.destroy();
          return;
        default:
          replyWith({ labels: [{ label: 'spam', score: isSpam ? 0.9 : 0.1 }] })(request, response);
          return;
      }
    });
    const endpoint = (url: string) => ({ kind: 'http', url, deadline: '500ms', cache: { ttl: '1s' } });
    const failing = FAILING.map((name): [string, object] => [
      name,
      endpoint(name === 'down' ? 'http://127.0.0.1:1/' : `${web.url}/${name}`),
    ]);
    const rules = FAILING.flatMap((name) =>
      MEANINGS.map((meaning): [string, object] => [
        `${name}_${meaning}`,
        {
          when: { all: [{ words: { words: [`${name} ${meaning}`] } }, { remote: { endpoint: name } }] },
          on_failure: meaning,
        },
      ]),
    );
    gatehouse = await network.gatehouse({
      remote_checks: {
        classifier: endpoint(`${web.url}/classify`),
        hashes: { ...endpoint(`${web.url}/hma`), kind: 'media_hash' },
        ...Object.fromEntries(failing),
      },
      policy: {
        rules: {
          ...Object.fromEntries(rules),
          spam: {
            when: {
              all: [{ words: { words: ['classify'] } }, { remote: { endpoint: 'classifier', labels: ['spam'] } }],
            },
            message: 'The classifier takes this for spam.',
          },
          hashes: { when: { media_hash: { endpoint: 'hashes' } } },
          registration: {
            when: { all: [{ membership: { kinds: ['join', 'invite'] } }, { open_registration: {} }] },
            message: 'Anybody can register at that server.',
          },
        },
      },
      admin: { listen: [{ port: 0 }] },
    });
    origin = await network.origin();
    room = origin.createRoom('11', { joinRule: 'public' });
    room.addMember(origin.user('bob'), 'join');
    await protectRoom(gatehouse, origin, room);
  });
  after(async () => {
    await web[Symbol.asyncDispose]();
    await network[Symbol.asyncDispose]();
  });

  const ask = async (body: string, event = room.makeMessage(body, { sender: origin.user('bob') })) => {
    const begun = performance.now();
    const answer = await origin.askToSign(gatehouse.serverName, event);
    assert.ok(performance.now() - begun < BUDGET_MS, 'answered within the budget');
    return answer;
  };

  const picture = (mediaId: string): JsonObject =>
    room.make({
      type: 'm.room.message',
      sender: origin.user('bob'),
      content: { msgtype: 'm.image', body: 'a.png', url: `mxc://${origin.serverName}/${mediaId}` },
    });

  it('refuse what the endpoint labels so, and sign the rest', async () => {
    const refused = await ask('classify this');
    assert.deepEqual([refused.status, refused.body['errcode']], [400, 'M_FORBIDDEN']);
    assert.match(refused.text, /The classifier takes this for spam/);
    const reference = ownString(refused.body, 'org.gatehouse.reference') ?? '';
    const { text } = await gatehouse.owner('GET', `verdicts/${reference}`);
    assert.match(text, /labelled \\"spam\\" with 0.9 by classifier/);
    isSpam = false;
    assert.equal((await ask('classify that')).status, 200);
  });

  for (const name of FAILING) {
    it(`of an endpoint that is ${name} do what their rules say of failures`, async () => {
      assert.equal((await ask(`${name} skip`)).status, 200);
      const closed = await ask(`${name} refuse`);
      assert.equal(closed.status, 400);
      assert.match(closed.text, /could not be checked/);
      const busy = await ask(`${name} busy`);
      assert.equal(busy.status, 400);
      assert.match(busy.text, /try again/);
      assert.equal(busy.body['org.gatehouse.reference'], undefined, 'busy is no verdict');
    });
  }

  it('look files up that their servers give', async () => {
    const magic = Buffer.from('\x89PNG\r\n', 'latin1');
    const file = (text: string) => ({ bytes: Buffer.concat([magic, Buffer.from(text)]), contentType: 'image/png' });
    origin.media.set('banned', file('a banned picture'));
    origin.media.set('fine', file('a fine picture'));
    const refused = await ask('', picture('banned'));
    assert.deepEqual([refused.status, refused.body['errcode']], [400, 'M_FORBIDDEN'], refused.text);
    const reference = ownString(refused.body, 'org.gatehouse.reference') ?? '';
    assert.match((await gatehouse.owner('GET', `verdicts/${reference}`)).text, /known/);
    assert.equal((await ask('', picture('fine'))).status, 200);
    const fetched = origin.requests.filter((line) => line.endsWith('/media/download/banned'));
    assert.deepEqual(fetched, ['GET /_matrix/federation/v1/media/download/banned']);
    assert.equal((await ask('', picture('banned'))).status, 400, 'the same file in another message');
    assert.equal(origin.requests.filter((line) => line.endsWith('/media/download/banned')).length, 1);
  });

  it('find out who may register at the server of somebody who joins', async () => {
    const other = await network.origin();
    other.share(room);
    const join = (name: string) =>
      room.make({
        ...{ type: 'm.room.member', sender: other.user(name), stateKey: other.user(name), signer: other },
        content: { membership: 'join' },
      });
    const openToAll = { status: 401, body: { session: 's', params: {}, flows: [{ stages: ['m.login.dummy'] }] } };
    other.lies.set('register', () => openToAll);
    const refused = await other.askToSign(gatehouse.serverName, join('first'));
    assert.equal(refused.status, 400, refused.text);
    assert.match(refused.text, /Anybody can register at that server/);
    const asked = (): number => other.requests.filter((line) => line.includes('/register')).length;
    assert.equal(asked(), 1);
    const reference = ownString(refused.body, 'org.gatehouse.reference') ?? '';
    const { text } = await gatehouse.owner('GET', `verdicts/${reference}`);
    assert.ok(text.includes(`anybody can register at https://${other.serverName}`), text);
    assert.equal((await other.askToSign(gatehouse.serverName, join('second'))).status, 400);
    assert.equal(asked(), 1, 'the answer is used again');
    other.lies.delete('register');
    network.clock.skip(5 * 60_000);
    assert.equal((await other.askToSign(gatehouse.serverName, join('third'))).status, 200);
    assert.equal(asked(), 2);
  });

  it('are counted by endpoint and how they ended, and so are checks that failed', async () => {
    const port = gatehouse.server.adminListeners[0]?.port ?? 0;
    const text = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
    for (const line of [
      'remote_calls_total{endpoint="classifier",kind="http",outcome="answered"} 2',
      'remote_calls_total{endpoint="hashes",kind="media_hash",outcome="answered"} 2',
      'remote_calls_total{endpoint="down",kind="http",outcome="failed"} 3',
      'remote_calls_total{endpoint="silent",kind="http",outcome="late"} 3',
      'check_failures_total{check="remote",meaning="skip"} 6',
      'check_failures_total{check="remote",meaning="refuse"} 6',
      'check_failures_total{check="remote",meaning="busy"} 6',
    ]) {
      assert.ok(text.includes(`gatehouse_${line}\n`), `${line}: ${text}`);
    }
    assert.match(text, /^gatehouse_storage_commit_seconds_count [1-9]/m);
    assert.ok(!text.includes(room.roomId) && !text.includes(origin.serverName));
  });

  it('are busy by default while a file cannot be fetched', async () => {
    assert.match((await ask('', picture('a'))).text, /try again/);
    assert.ok(origin.requests.includes('GET /_matrix/federation/v1/media/download/a'));
    assert.ok(origin.requests.includes(`GET /_matrix/media/v3/download/${origin.serverName}/a`));
  });

  it('are refused in rules that name an endpoint which is not configured', async () => {
    const rules = { more: { when: { remote: { endpoint: 'clasifier' } } } };
    const answer = await gatehouse.owner('POST', 'settings/instance/check', { settings: { rules } });
    assert.match(answer.text, /did you mean .*classifier/, answer.text);
  });
});
