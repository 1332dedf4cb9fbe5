import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { serverNamed } from '../../../tests/support/federation-fakes.ts';
import { messageOf, SIGNER } from '../../../tests/support/policy-events.ts';
import { PolicyStage } from '../../../tests/support/policy-fakes.ts';
import { RoomBuilder } from '../../../tests/support/room-builder.ts';
import { startTlsServer } from '../../../tests/support/tls-server.ts';
import { createAddressGuard } from '../../federation/address-guard.ts';
import { createSystemNames } from '../../federation/system-names.ts';
import { createWebClient } from '../../federation/web-client.ts';
import { systemClock } from '../../telemetry/system-clock.ts';
import type { RegistrationAnswer } from '../answers.ts';
import type { Asked, Subject } from '../questions.ts';
import { EventReading } from '../reading/event-reading.ts';
import type { Web, WebAnswer, WebRequest } from './ports.ts';
import { createRegistrationProbe } from './registration-probe.ts';

const room = new PolicyStage(new RoomBuilder('11', SIGNER)).facts();
const subject: Subject = { event: new EventReading(messageOf({ body: 'x' })), room, community: undefined, now: 1 };

type Reply = { readonly status: number; readonly body: unknown } | undefined;

function setUp(replyTo: (request: WebRequest) => Reply | Promise<Reply>) {
  const clock = new FakeClock();
  const requests: string[] = [];
  const web: Web = {
    request: async (request): Promise<WebAnswer> => {
      requests.push(`${request.method} ${request.url}`);
      assert.equal(request.httpsOnly, true);
      const reply = await replyTo(request);
      if (reply === undefined) throw new Error('nobody is there');
      const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
      return { status: reply.status, bytes: Buffer.from(text) };
    },
  };
  const outcomes: string[] = [];
  const source = createRegistrationProbe({ clock, web, onCall: ({ outcome }) => outcomes.push(outcome) });
  const ask = async (server: string): Promise<Asked<RegistrationAnswer>> =>
    await source({ key: serverNamed(server) }, subject);
  return { ask, clock, requests, outcomes };
}

const NO_WELL_KNOWN: Reply = { status: 404, body: {} };
const flowsOf = (...flows: readonly (readonly string[])[]): Reply => ({
  status: 401,
  body: { session: 's', params: {}, flows: flows.map((stages) => ({ stages })) },
});
const OPEN = flowsOf(['m.login.recaptcha', 'm.login.dummy'], ['m.login.dummy']);
const CLOSED: Reply = { status: 403, body: { errcode: 'M_FORBIDDEN', error: 'Registration is disabled' } };

const answering = (reply: Reply) => setUp(({ url }) => (url.includes('.well-known') ? NO_WELL_KNOWN : reply));

describe('asking a server who may register', () => {
  const known: readonly (readonly [string, Reply, boolean])[] = [
    ['a lone dummy stage is open', OPEN, true],
    ['an account for nothing is open', { status: 200, body: { user_id: '@x:a.example' } }, true],
    ['a captcha is not', flowsOf(['m.login.recaptcha', 'm.login.dummy']), false],
    ['an e-mail is not', flowsOf(['m.login.email.identity']), false],
    ['no flow is not', flowsOf(), false],
    ['switched off is not', CLOSED, false],
    ['another service’s affair is not', { status: 404, body: { errcode: 'M_UNRECOGNIZED' } }, false],
  ];
  for (const [what, reply, isOpen] of known) {
    it(what, async () => {
      const { ask, requests } = answering(reply);
      assert.deepEqual(await ask('a.example'), {
        state: 'known',
        value: { isOpen, address: 'https://a.example' },
      });
      assert.deepEqual(requests, [
        'GET https://a.example/.well-known/matrix/client',
        'POST https://a.example/_matrix/client/v3/register',
      ]);
    });
  }

  const silent: readonly (readonly [string, Reply])[] = [
    ['nobody is there', undefined],
    ['too many questions', { status: 429, body: { errcode: 'M_LIMIT_EXCEEDED' } }],
    ['out of order', { status: 502, body: '<html>' }],
    ['a page in the place of an error', { status: 404, body: '<html>' }],
    ['no JSON', { status: 401, body: 'flows' }],
    ['another shape', { status: 401, body: { flows: [{ stages: 'm.login.dummy' }] } }],
    ['another page', { status: 200, body: { fine: true } }],
  ];
  for (const [what, reply] of silent) {
    it(`is a failed answer: ${what}`, async () => {
      const asked = await answering(reply).ask('a.example');
      assert.equal(asked.state, 'failed', JSON.stringify(asked));
    });
  }

  const places: readonly (readonly [string, Reply, string])[] = [
    [
      'its .well-known',
      { status: 200, body: { 'm.homeserver': { base_url: 'https://m.b.example/x/' } } },
      'https://m.b.example/x',
    ],
    ['its name with its port where there is none', NO_WELL_KNOWN, 'https://b.example:8448'],
    ['its name where nobody answers', undefined, 'https://b.example:8448'],
    ['its name where it is broken', { status: 200, body: '{' }, 'https://b.example:8448'],
    [
      'its name rather than plain http',
      { status: 200, body: { 'm.homeserver': { base_url: 'http://m.b.example' } } },
      'https://b.example:8448',
    ],
    [
      'its name rather than no address',
      { status: 200, body: { 'm.homeserver': { base_url: 'm.b.example' } } },
      'https://b.example:8448',
    ],
  ];
  for (const [what, wellKnown, address] of places) {
    it(`asks at ${what}`, async () => {
      const { ask, requests } = setUp(({ url }) => (url.includes('.well-known') ? wellKnown : OPEN));
      assert.deepEqual(await ask('b.example:8448'), { state: 'known', value: { isOpen: true, address } });
      assert.deepEqual(requests, [
        'GET https://b.example/.well-known/matrix/client',
        `POST ${address}/_matrix/client/v3/register`,
      ]);
    });
  }

  it('keeps what is closed for an hour, and what is open for five minutes', async () => {
    for (const [reply, minutes] of [
      [CLOSED, 60],
      [OPEN, 5],
    ] as const) {
      const { ask, clock, requests } = answering(reply);
      await ask('a.example');
      await clock.advance(minutes * 60_000 - 1);
      await ask('a.example');
      assert.equal(requests.length, 2);
      await clock.advance(1);
      await ask('a.example');
      assert.equal(requests.length, 4);
    }
  });

  it('leaves a server alone that fails, and asks others', async () => {
    const { ask, requests, clock, outcomes } = setUp(({ url }) => (url.includes('bad') ? undefined : OPEN));
    for (let times = 0; times < 4; times += 1) assert.equal((await ask('bad.example')).state, 'failed');
    assert.equal(requests.length, 4, 'twice, each time there and at its .well-known');
    assert.deepEqual(outcomes, ['failed', 'failed', 'leftAlone', 'leftAlone']);
    assert.equal((await ask('good.example')).state, 'known');
    await clock.advance(5 * 60_000);
    await ask('bad.example');
    assert.equal(requests.filter((line) => line.includes('bad')).length, 6);
  });

  it('waits no longer than its deadline', async () => {
    const { ask, clock } = setUp(async () => await new Promise<never>(() => undefined));
    const asked = ask('slow.example');
    await clock.advance(5_000);
    assert.deepEqual(await asked, { state: 'failed', detail: 'slow.example: no answer within 5000 ms' });
  });

  it('reaches private networks only where federation may', async () => {
    let posts = 0;
    await using server = await startTlsServer({ dns: ['localhost'] }, (request, response) => {
      if (request.method === 'POST') posts += 1;
      response.writeHead(401).end(JSON.stringify({ flows: [{ stages: ['m.login.dummy'] }] }));
    });
    for (const allowedNetworks of [[], ['127.0.0.0/8', '::1/128']]) {
      const guard = createAddressGuard({ allowedNetworks });
      const connection = { clock: systemClock, names: createSystemNames(), guard, verifyCertificates: false };
      await using web = createWebClient(connection);
      const source = createRegistrationProbe({ clock: systemClock, web, onCall: () => undefined });
      const asked = await source({ key: serverNamed(`localhost:${String(server.port)}`) }, subject);
      assert.equal(asked.state, allowedNetworks.length === 0 ? 'failed' : 'known', JSON.stringify(asked));
      assert.equal(posts, allowedNetworks.length === 0 ? 0 : 1);
    }
  });
});
