import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { eventOf, messageOf, SIGNER } from '../../../tests/support/policy-events.ts';
import { PolicyStage } from '../../../tests/support/policy-fakes.ts';
import { RoomBuilder } from '../../../tests/support/room-builder.ts';
import { replyWith, startWebServer, type WebReply } from '../../../tests/support/web-server.ts';
import { remoteCheck } from '../../config/remote-checks.ts';
import { createAddressGuard } from '../../federation/address-guard.ts';
import { createSystemNames } from '../../federation/system-names.ts';
import { createWebClient } from '../../federation/web-client.ts';
import type { Pdu } from '../../protocol/events.ts';
import { systemClock } from '../../telemetry/system-clock.ts';
import type { RemoteAnswer } from '../answers.ts';
import type { Asked, Subject } from '../questions.ts';
import { EventReading } from '../reading/event-reading.ts';
import type { FetchedMedia, MediaRequest } from './ports.ts';
import { createRemoteChecks } from './remote-checks.ts';

const facts = new PolicyStage(new RoomBuilder('11', SIGNER)).facts();

function subjectOf(pdu: Pdu): Subject {
  return { event: new EventReading(pdu), room: facts, community: 'friends', now: 1 };
}

type Files = Readonly<Record<string, FetchedMedia | ((request: MediaRequest) => FetchedMedia)>>;
const GONE: FetchedMedia = { ok: false, reason: { type: 'unavailable', detail: 'status 404' } };

async function setUp(reply: WebReply, changes: object = {}, files: Files = {}) {
  const server = await startWebServer(reply);
  const settings = remoteCheck.parse({ kind: 'http', url: `${server.url}/check`, deadline: '1s', ...changes });
  const names = createSystemNames();
  const guard = createAddressGuard({ allowedNetworks: settings.allow_private_network ? ['127.0.0.0/8'] : [] });
  const web = createWebClient({ clock: systemClock, names, guard, verifyCertificates: true });
  const fetched: MediaRequest[] = [];
  const opened: string[] = [];
  const source = createRemoteChecks({
    endpoints: new Map([['it', { settings, token: settings.token, ownList: settings.sha256 ?? [] }]]),
    clock: systemClock,
    webFor: () => web,
    files: {
      fetch: async (request) => {
        fetched.push(request);
        const file = files[request.uri.mediaId] ?? GONE;
        return typeof file === 'function' ? file(request) : file;
      },
    },
    onOpen: (name) => opened.push(name),
    onCall: () => undefined,
  });
  const ask = async (pdu: Pdu, options = {}): Promise<Asked<RemoteAnswer>> =>
    await source({ key: 'k', endpoint: 'it', options }, subjectOf(pdu));
  const stack = new AsyncDisposableStack();
  stack.use(server);
  stack.use(web);
  return { server, ask, fetched, opened, [Symbol.asyncDispose]: async () => await stack.disposeAsync() };
}

const LOCAL = { allow_private_network: true };
const HELLO = messageOf({ body: 'hello' });

function known(labels: RemoteAnswer['labels'], note: string | null = null): Asked<RemoteAnswer> {
  return { state: 'known', value: { labels, note } };
}

describe('http endpoints', () => {
  it('are told of the event, and tell labels', async () => {
    const labels = [{ label: 'spam', score: 0.75 }];
    await using net = await setUp(replyWith({ labels, note: 'looks like it', more: 1 }), { ...LOCAL, token: 'secret' });
    assert.deepEqual(await net.ask(HELLO, { strict: true }), known(labels, 'looks like it'));
    const [request] = net.server.requests;
    assert.equal(request?.headers.authorization, 'Bearer secret');
    assert.equal(request.headers['content-type'], 'application/json');
    const { event, ...body } = JSON.parse(request.body.toString()) as Record<string, unknown>;
    assert.deepEqual(event, JSON.parse(JSON.stringify(HELLO.raw)));
    assert.deepEqual(body, {
      version: 1,
      event_id: HELLO.eventId,
      sender: HELLO.sender,
      room_id: HELLO.roomId,
      room_version: '11',
      community: 'friends',
      texts: [{ field: 'body', path: 'content.body', text: 'hello' }],
      facts: {
        sender_power_level: 100,
        sender_is_moderator: true,
        sender_membership: 'join',
        sender_display_name: null,
      },
      options: { strict: true },
    });
    await net.ask(HELLO, { strict: true });
    assert.equal(net.server.requests.length, 1, 'the same question is not asked twice');
    await net.ask(HELLO, { strict: false });
    assert.equal(net.server.requests.length, 2);
  });

  const silent: WebReply = () => undefined;
  const huge: WebReply = (_, response) => {
    response.writeHead(200);
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(10_000)));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  };
  const drip: WebReply = (_, response) => response.writeHead(200).write('{"labels":');
  const bad: readonly (readonly [string, WebReply, RegExp])[] = [
    ['slow', silent, /no answer within 1000 ms/],
    ['stopping in the middle', drip, /no answer within 1000 ms/],
    ['hanging up', (_, response) => response.destroy(), /./],
    ['endless', huge, /larger than 64000 bytes/],
    ['no HTTP', (_, response) => response.socket?.end('nonsense\r\n\r\n'), /./],
    ['broken', replyWith({}, 500), /status 500/],
    ['empty', (_, response) => response.end(), /no JSON/],
    ['no JSON', (_, response) => response.end('<html>'), /no JSON/],
    ['not UTF-8', (_, response) => response.end(Buffer.from([0x22, 0xff, 0x22])), /no JSON/],
    ['deeply nested', (_, response) => response.end('['.repeat(60_000)), /./],
    ['another shape', replyWith({ result: 'fine' }), /not what it should be at labels/],
    ['scores out of range', replyWith({ labels: [{ label: 'a', score: 7 }] }), /labels\.0\.score/],
    ['scores of text', replyWith({ labels: [{ label: 'a', score: '1' }] }), /labels\.0\.score/],
    ['too many labels', replyWith({ labels: Array.from({ length: 65 }, () => ({ label: 'a', score: 1 })) }), /labels/],
    ['a note without end', replyWith({ labels: [], note: 'x'.repeat(1001) }), /note/],
    ['a redirect to nowhere', (_, response) => response.writeHead(307).end(), /nowhere/],
    ['a redirect in a loop', (_, response) => response.writeHead(307, { location: '/check' }).end(), /too many/],
    ['a redirect of a post', (_, response) => response.writeHead(302, { location: '/check' }).end(), /status 302/],
  ];
  for (const [what, reply, detail] of bad) {
    it(`that lie or fail are a failed answer: ${what}`, async () => {
      await using net = await setUp(reply, LOCAL);
      const asked = await net.ask(HELLO);
      assert.ok(asked.state === 'failed', JSON.stringify(asked));
      assert.match(asked.detail, detail);
      assert.match(asked.detail, /^it: /);
    });
  }

  it('that are down are left alone after a while', async () => {
    const breaker = { failures: 2 };
    await using net = await setUp(silent, { ...LOCAL, url: 'http://127.0.0.1:1/', breaker });
    for (let i = 0; i < 2; i += 1) assert.match(JSON.stringify(await net.ask(HELLO)), /failed.*ECONNREFUSED/);
    assert.deepEqual(net.opened, ['it']);
    assert.match(JSON.stringify(await net.ask(HELLO)), /left alone/);
  });

  it('in private networks are not asked, and not redirected to', async () => {
    await using net = await setUp(replyWith({ labels: [] }));
    assert.match(JSON.stringify(await net.ask(HELLO)), /failed.*private networks/);
    assert.equal(net.server.requests.length, 0);
    await using redirecting = await setUp(
      (_, response) => response.writeHead(307, { location: 'http://10.0.0.1/secret' }).end(),
      LOCAL,
    );
    assert.match(JSON.stringify(await redirecting.ask(HELLO)), /10\.0\.0\.1 has no address outside private networks/);
  });

  it('get their token at their own origin alone', async () => {
    await using other = await startWebServer(replyWith({ labels: [] }));
    const move: WebReply = (_, response) => response.writeHead(308, { location: `${other.url}/moved` }).end();
    await using net = await setUp(move, { ...LOCAL, token: 'secret' });
    assert.deepEqual(await net.ask(HELLO), known([]));
    assert.equal(net.server.requests[0]?.headers.authorization, 'Bearer secret');
    assert.equal(other.requests[0]?.headers.authorization, undefined);
    assert.deepEqual(other.requests[0]?.body, net.server.requests[0]?.body);
  });
});

describe('moderation endpoints', () => {
  const settings = { ...LOCAL, kind: 'moderation', model: 'm' };

  it('are asked for each text once, and the highest scores count', async () => {
    const results = [{ category_scores: { hate: 0.2, 'a/b': 0.9 } }, { category_scores: { hate: 0.6 }, flagged: true }];
    await using net = await setUp(replyWith({ id: 'x', results }), settings);
    const formatted = { format: 'org.matrix.custom.html', formatted_body: '<b>Hello</b> there' };
    const asked = await net.ask(messageOf({ body: 'hello', ...formatted }));
    assert.deepEqual(
      asked,
      known([
        { label: 'a/b', score: 0.9 },
        { label: 'hate', score: 0.6 },
      ]),
    );
    assert.deepEqual(JSON.parse(net.server.requests[0]?.body.toString() ?? ''), {
      model: 'm',
      input: ['hello', 'Hello there'],
    });
  });

  it('are not asked about events without text, nor twice about the same text', async () => {
    await using net = await setUp(replyWith({ results: [{ category_scores: {} }] }), settings);
    assert.deepEqual(await net.ask(eventOf({ type: 'm.sticker', content: {} })), known([]));
    await net.ask(messageOf({ body: 'the same' }));
    await net.ask(messageOf({ body: ' the same', other: 1 }));
    assert.equal(net.server.requests.length, 1);
  });

  for (const results of [[], undefined, [{}], [{ category_scores: { a: 2 } }], [{ category_scores: { a: null } }]]) {
    it(`that answer ${JSON.stringify(results)} have failed`, async () => {
      await using net = await setUp(replyWith({ results }), settings);
      assert.equal((await net.ask(HELLO)).state, 'failed');
    });
  }
});

describe('media hash endpoints', () => {
  const settings = { ...LOCAL, kind: 'media_hash' };
  const picture = Buffer.from('\xff\xd8\xff picture', 'latin1');
  const digest = createHash('sha256').update(picture).digest('hex');
  const good = (bytes: Buffer): FetchedMedia => ({ ok: true, bytes, contentType: undefined });
  const image = (id: string, more: object = {}) =>
    messageOf({ msgtype: 'm.image', body: 'a.png', url: `mxc://files.test/${id}`, ...more });

  function hasher(banks: unknown): WebReply {
    return (request, response) => {
      const answer = request.path.startsWith('/check/h/hash') ? { pdq: 'ffee', md5: '01' } : banks;
      replyWith(answer)(request, response);
    };
  }

  for (const banks of [['abuse'], { abuse: [{ bank_content_id: 1, distance: '0' }], empty: [] }]) {
    it(`hash files and look them up: ${JSON.stringify(banks)}`, async () => {
      await using net = await setUp(hasher(banks), settings, { a: good(picture), b: good(picture) });
      const path = 'content.url';
      assert.deepEqual(await net.ask(image('a')), known([{ label: 'abuse', score: 1, path }]));
      const [hashed, ...lookups] = net.server.requests;
      assert.match(hashed?.headers['content-type'] ?? '', /^multipart\/form-data; boundary=/);
      assert.match(
        hashed?.body.toString('latin1') ?? '',
        /name="photo"; filename="file"[^]*\xff\xd8\xff picture\r\n--/,
      );
      assert.deepEqual(lookups.map(({ path: asked }) => asked).sort(), [
        '/check/m/lookup?signal_type=md5&signal=01',
        '/check/m/lookup?signal_type=pdq&signal=ffee',
      ]);
      await net.ask(image('a'));
      await net.ask(image('b'));
      assert.deepEqual([net.fetched.length, net.server.requests.length], [2, 3], 'by URI, then by hash');
    });
  }

  it('look files up in an own list, without any program', async () => {
    const own = { kind: 'media_hash', url: undefined, sha256: [digest.toUpperCase()] };
    await using net = await setUp(hasher([]), own, { a: good(picture), b: good(Buffer.from('%PDF-')) });
    assert.deepEqual(await net.ask(image('a')), known([{ label: 'sha256', score: 1, path: 'content.url' }]));
    assert.deepEqual(await net.ask(image('b')), known([]));
    assert.equal(net.server.requests.length, 0);
  });

  it('look at thumbnails too, and say what is missing beside what was found', async () => {
    const thumbnail = { info: { thumbnail_url: 'mxc://files.test/t' } };
    const own = { ...settings, sha256: [digest] };
    await using net = await setUp(hasher([]), own, { t: good(picture) });
    assert.deepEqual(await net.ask(image('gone', thumbnail)), {
      state: 'known',
      value: {
        labels: [{ label: 'sha256', score: 1, path: 'content.info' }],
        note: null,
        incomplete: 'a file of files.test cannot be fetched: status 404',
      },
    });
  });

  it('fail where files cannot be had, without being left alone for it', async () => {
    const large: FetchedMedia = { ok: false, reason: { type: 'tooLarge', detail: 'too large' } };
    await using net = await setUp(hasher([]), { ...settings, breaker: { failures: 1 } }, { large });
    assert.match(JSON.stringify(await net.ask(image('gone'))), /failed.*files\.test cannot be fetched: status 404/);
    assert.match(JSON.stringify(await net.ask(image('large'))), /failed.*too large/);
    assert.match(JSON.stringify(await net.ask(image('../../etc'))), /failed.*URI/);
    const many = {
      itemtypes: Array.from({ length: 9 }, (_, i) => ({ itemtype: 'm.image', url: `mxc://a.test/${i}` })),
    };
    assert.match(JSON.stringify(await net.ask(messageOf({ msgtype: 'm.gallery', ...many }))), /9 files, at most 8/);
    assert.deepEqual(net.opened, []);
    assert.equal(net.server.requests.length, 0);
  });

  it('look up the thumbnail of what is too large, where told to', async () => {
    const large = ({ thumbnail }: MediaRequest): FetchedMedia =>
      thumbnail === true ? good(picture) : { ok: false, reason: { type: 'tooLarge', detail: 'too large' } };
    await using net = await setUp(hasher(['abuse']), { ...settings, oversized: 'thumbnail' }, { large });
    assert.equal(JSON.stringify(await net.ask(image('large'))).includes('"abuse"'), true);
  });

  it('that fail are a failed answer, and left alone', async () => {
    await using net = await setUp(replyWith([1]), { ...settings, breaker: { failures: 1 } }, { a: good(picture) });
    assert.equal((await net.ask(image('a'))).state, 'failed');
    assert.deepEqual(net.opened, ['it']);
  });

  it('are not asked about events without files', async () => {
    await using net = await setUp(hasher([]), settings);
    assert.deepEqual(await net.ask(HELLO), known([]));
    assert.deepEqual(net.fetched, []);
  });
});
