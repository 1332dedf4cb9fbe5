import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
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
      switch (request.path) {
        case '/silent':
          return;
        case '/broken':
          return replyWith({ error: 'out of order' }, 503)(request, response);
        case '/lying':
          return replyWith({ labels: [{ label: 'spam', score: 'very' }] })(request, response);
        case '/huge':
          return replyWith({ labels: [], note: 'x'.repeat(200_000) })(request, response);
        case '/hanging_up':
          response.destroy();
          return;
        default:
          return replyWith({ labels: [{ label: 'spam', score: isSpam ? 0.9 : 0.1 }] })(request, response);
      }
    });
    const endpoint = (url: string) => ({ kind: 'http', url, deadline: '500ms', cache: { ttl: '1s' } });
    const failing = FAILING.map((name) => [
      name,
      endpoint(name === 'down' ? 'http://127.0.0.1:1/' : `${web.url}/${name}`),
    ]);
    const rules = FAILING.flatMap((name) =>
      MEANINGS.map((meaning) => [
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
        },
      },
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

  it('refuse what the endpoint labels so, and sign the rest', async () => {
    const refused = await ask('classify this');
    assert.deepEqual([refused.status, refused.body['errcode']], [400, 'M_FORBIDDEN']);
    assert.match(refused.text, /The classifier takes this for spam/);
    const reference = String(refused.body['org.gatehouse.reference']);
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

  it('are busy by default while a file cannot be fetched', async () => {
    const event = room.make({
      type: 'm.room.message',
      sender: origin.user('bob'),
      content: { msgtype: 'm.image', body: 'a.png', url: `mxc://${origin.serverName}/a` },
    });
    assert.match((await ask('', event)).text, /try again/);
    assert.ok(origin.requests.includes('GET /_matrix/federation/v1/media/download/a'));
    assert.ok(origin.requests.includes(`GET /_matrix/media/v3/download/${origin.serverName}/a`));
  });

  it('are refused in rules that name an endpoint which is not configured', async () => {
    const rules = { more: { when: { remote: { endpoint: 'clasifier' } } } };
    const answer = await gatehouse.owner('POST', 'settings/instance/check', { settings: { rules } });
    assert.match(answer.text, /did you mean .*classifier/, answer.text);
  });
});
