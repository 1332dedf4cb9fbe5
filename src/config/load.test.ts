import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { formatConfigError } from './config-error.ts';
import { filterSettings } from '../policy/filters/configured.ts';
import type { Environment } from './environment.ts';
import { configKeys } from './keys.ts';
import { loadConfig, type ConfigResult } from './load.ts';
import { configSchema } from './schema.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-config-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function load(yaml: string | undefined, env: Environment = {}): ConfigResult {
  if (yaml === undefined) return loadConfig({ env, cwd: folder });
  writeFileSync(path.join(folder, 'gatehouse.yaml'), yaml);
  return loadConfig({ file: 'gatehouse.yaml', env, cwd: folder });
}

function errorsIn(yaml: string | undefined, env: Environment = {}): string[] {
  const result = load(yaml, env);
  return result.ok ? [] : result.errors.map(formatConfigError);
}

function configOf(result: ConfigResult) {
  assert.ok(result.ok, result.ok ? '' : result.errors.map(formatConfigError).join('\n'));
  return result.config;
}

describe('configuration', () => {
  it('has a development default without a file', () => {
    const config = configOf(load(undefined));
    assert.equal(config.server_name, 'localhost:8448');
    assert.deepEqual(config.listen, [{ host: 'localhost', port: 8448, tls: 'self-signed' }]);
    assert.equal(config.data_dir, path.join(folder, 'data'));
    assert.deepEqual(config.federation, { verify_certificates: true, allowed_networks: [], key_servers: [] });
    assert.deepEqual(config.bot, { localpart: 'gatehouse', accept_invites_from: ['*'] });
    assert.deepEqual(config.limits, { requests_per_second: 20_000, burst: 40_000, in_flight: 512 });
    assert.deepEqual(config.filters, filterSettings.parse({}));
  });

  it('reads the documented example, with paths relative to the file', () => {
    const config = configOf(
      load(`
server_name: "policy.example.org"
listen:
  - { host: "0.0.0.0", port: 8448, tls: { certificate: "tls.crt", private_key: "/etc/tls.key" } }
data_dir: "./data"
database: "sqlite"
federation:
  verify_certificates: true
  allowed_networks: ["10.0.0.0/8", "::1/128"]
  key_servers: ["matrix.org"]
bot: { localpart: "gatehouse", accept_invites_from: ["*:example.org"] }
log: { level: "info", format: "json" }
well_known:
  server: policy.example.org:443
  support: { contacts: [{ role: m.role.admin, matrix_id: "@admin:example.org" }] }
filters:
  test_string:
  words: { words: [spam] }
`),
    );
    assert.deepEqual(config.listen[0]?.tls, {
      certificate: path.join(folder, 'tls.crt'),
      private_key: '/etc/tls.key',
    });
    assert.equal(config.data_dir, path.join(folder, 'data'));
    assert.deepEqual(config.filters.words.words, ['spam']);
    assert.equal(config.filters.mentions.max, 20);
  });

  it('lets the environment override the file, whole sections before single keys', () => {
    const config = configOf(
      load('server_name: a.example\nfederation:\n  key_servers: [x.example]\n', {
        GATEHOUSE_SERVER_NAME: 'b.example',
        GATEHOUSE_FEDERATION: '{"verify_certificates": true, "key_servers": ["y.example"]}',
        GATEHOUSE_FEDERATION__VERIFY_CERTIFICATES: 'false',
        GATEHOUSE_LISTEN: '[{host: "::1", port: 0}]',
        GATEHOUSE_BOT__LOCALPART: '123',
        GATEHOUSE_LOG__LEVEL: '',
        GATEHOUSE_CONFIG: '/nowhere',
        GATEHOUSE_SERVICE_HOST: '10.0.0.1',
        GATEHOUSE_PORT_8448_TCP: 'tcp://10.0.0.1:8448',
      }),
    );
    assert.equal(config.server_name, 'b.example');
    assert.deepEqual(config.federation, {
      verify_certificates: false,
      allowed_networks: [],
      key_servers: ['y.example'],
    });
    assert.deepEqual(config.listen, [{ host: '::1', port: 0 }]);
    assert.equal(config.bot.localpart, '123');
    assert.equal(config.log.level, 'info');
  });

  it('finds the file by GATEHOUSE_CONFIG', () => {
    writeFileSync(path.join(folder, 'named.yaml'), 'server_name: named.example\n');
    const result = loadConfig({ env: { GATEHOUSE_CONFIG: 'named.yaml' }, cwd: folder });
    assert.equal(configOf(result).server_name, 'named.example');
  });

  it('works from the environment alone', () => {
    assert.equal(configOf(load(undefined, { GATEHOUSE_SERVER_NAME: 'c.example' })).server_name, 'c.example');
  });

  it('checks rules and communities as a whole, with the lines of their mistakes', () => {
    const yaml = `server_name: policy.example.org
policy:
  preset: publik
communities:
  cats: { name: Cats, rooms: ["x"] }
`;
    assert.deepEqual(errorsIn(yaml), [
      'gatehouse.yaml:3: policy.preset: expected "public" or "support" or "announcements" or "lockdown" or "none", found "publik"; did you mean "public"?',
      'gatehouse.yaml:5: communities.cats.rooms[0]: expected a room id such as "!abc:example.org", found "x"',
    ]);
    const deeper = `server_name: policy.example.org
policy:
  rules:
    calls: { when: { event_tipe: {} } }
communities:
  cats:
    name: Cats
    rooms: ["!a:b.example", "!c:b.example"]
    rules: { cals: { mode: off } }
    room_settings:
      "!a:b.example":
        rules:
          own: { when: { words: { words: [x], word: [] } } }
      "!z:b.example": {}
  dogs:
    name: Dogs
    rooms: ["!c:b.example"]
`;
    assert.deepEqual(errorsIn(deeper), [
      'gatehouse.yaml:14: communities.cats.room_settings["!z:b.example"]: is not among the rooms of this community',
      'gatehouse.yaml:17: communities.dogs.rooms[0]: !c:b.example belongs to the community "cats" already',
      'gatehouse.yaml:9: communities.cats.rules.cals: has no condition (`when`), and there is no rule of this name to change; did you mean "calls"?',
      'gatehouse.yaml:4: policy.rules.calls.when.event_tipe: no such check; did you mean "event_type"?',
      'gatehouse.yaml:13: communities.cats.room_settings["!a:b.example"].rules.own.when.words.word: no such key; did you mean "words"?',
    ]);
  });

  it('keeps rules as they are written', () => {
    const config = configOf(
      load('server_name: a.example\npolicy: { exempt: { known_for: 7d }, rules: { mentions: { mode: off } } }\n'),
    );
    assert.deepEqual(config.policy, { exempt: { known_for: '7d' }, rules: { mentions: { mode: 'off' } } });
    assert.deepEqual(config.communities, {});
  });

  it('reports every mistake at once, each with line, path, expectation and the nearest key', () => {
    const yaml = `server_nam: policy.example.org
listen:
  - host: 0.0.0.0
    port: 99999
    tls: { certificat: a, private_key: b }
  - { host: 1, port: "8448" }
verify_certificates: false
federation:
  allowed_networks: [10.0.0.0/33]
  key_servers: ["bad name"]
log:
  level: verbose
database: postgres://db
nonsense: 1
`;
    assert.deepEqual(errorsIn(yaml, { GATEHOUSE_LOG__LEVL: 'x', GATEHOUSE_FEDERATION__VERIFY_CERTIFICATES: 'maybe' }), [
      'gatehouse.yaml:1: server_name: is missing: expected text',
      'gatehouse.yaml:4: listen[0].port: expected a number of at most 65535, found 99999',
      'gatehouse.yaml:5: listen[0].tls.certificate: is missing: expected text',
      'gatehouse.yaml:5: listen[0].tls.certificat: no such key; did you mean "certificate"?',
      'gatehouse.yaml:6: listen[1].host: expected text, found 1',
      'gatehouse.yaml:6: listen[1].port: expected a number, found "8448"',
      'gatehouse.yaml:13: database: PostgreSQL is not in this version: use "sqlite", found "postgres://db"',
      'GATEHOUSE_FEDERATION__VERIFY_CERTIFICATES: federation.verify_certificates: expected true or false, found "maybe"',
      'gatehouse.yaml:9: federation.allowed_networks[0]: expected a network such as "10.0.0.0/8" or "::1/128", found "10.0.0.0/33"',
      'gatehouse.yaml:10: federation.key_servers[0]: expected a server name such as "example.org" or "example.org:8448", found "bad name"',
      'gatehouse.yaml:12: log.level: expected "trace" or "debug" or "info" or "warn" or "error", found "verbose"',
      'gatehouse.yaml:1: server_nam: no such key; did you mean "server_name"?',
      'gatehouse.yaml:7: verify_certificates: no such key; did you mean "federation.verify_certificates"?',
      `gatehouse.yaml:14: nonsense: no such key; the keys here are ${Object.keys(configSchema.shape).join(', ')}`,
      'GATEHOUSE_LOG__LEVL: no such setting; did you mean GATEHOUSE_LOG__LEVEL?',
    ]);
  });

  const broken: readonly [string, string, RegExp][] = [
    ['duplicate keys', 'server_name: a\nserver_name: b\n', /^gatehouse\.yaml:2: Map keys must be unique/],
    ['tabs', 'federation:\n\tverify_certificates: true\n', /^gatehouse\.yaml:2: tabs cannot indent YAML: use spaces$/],
    ['unclosed quotes', 'server_name: "a\n', /^gatehouse\.yaml:\d: Missing closing "quote/],
    ['a list', '- a\n', /^gatehouse\.yaml:1: expected keys and values/],
    ['several documents', 'server_name: a\n---\nserver_name: b\n', /^gatehouse\.yaml:\d: expected one document/],
    ['unknown tags', 'server_name: !secret a\n', /^gatehouse\.yaml:1: Unresolved tag/],
    ['an empty file', '', /server_name: is missing/],
    ['a key of objects', 'server_name: a\n__proto__: { x: 1 }\n', /^gatehouse\.yaml:2: __proto__: no such key/],
    ['an inherited name', 'server_name: a\nconstructor: 1\n', /^gatehouse\.yaml:2: constructor: no such key/],
    [
      'a list for a section',
      'server_name: a\nlog: []\n',
      /^gatehouse\.yaml:2: log: expected a section with keys, found a list$/,
    ],
    [
      'wrong tls',
      'server_name: a\nlisten: [{ host: x, port: 1, tls: yes }]\n',
      /tls: expected a section with keys or "self-signed", found "yes"$/,
    ],
    [
      'no listener',
      'server_name: a\nlisten: []\n',
      /^gatehouse\.yaml:2: listen: expected a list whose length is at least 1/,
    ],
    [
      'the same listener twice',
      'server_name: a\nlisten: [{ host: x, port: 1 }, { host: x, port: 1 }]\n',
      /^listen\[1\]: the same host and port/,
    ],
    [
      'a wrong localpart',
      'server_name: a\nbot: { localpart: "A b" }\n',
      /^gatehouse\.yaml:2: bot\.localpart: expected a localpart/,
    ],
    [
      'an empty contact',
      'server_name: a\nwell_known: { support: { contacts: [{ role: x }] } }\n',
      /contacts\[0\]: expected matrix_id, email_address or both/,
    ],
  ];
  for (const [name, yaml, expected] of broken) {
    it(`refuses ${name}`, () => {
      const errors = errorsIn(yaml);
      assert.ok(
        errors.some((error) => expected.test(error)),
        errors.join('\n') || 'no errors',
      );
    });
  }

  it('names the file that does not exist, and errors of the environment with it', () => {
    const result = loadConfig({ file: 'absent.yaml', env: { GATEHOUSE_X: '1' }, cwd: folder });
    assert.ok(!result.ok);
    assert.deepEqual(result.errors.map(formatConfigError), [
      'absent.yaml: there is no such file; correct the name, or make the file',
      'GATEHOUSE_X: no such setting',
    ]);
  });

  it('says what a list in the environment looks like', () => {
    assert.deepEqual(errorsIn(undefined, { GATEHOUSE_FILTERS__WORDS__WORDS: 'spam' }), [
      'GATEHOUSE_FILTERS__WORDS__WORDS: filters.words.words: expected a list such as ["a", "b"], found "spam"',
    ]);
    assert.match(errorsIn(undefined, { GATEHOUSE_LISTEN: '[{' })[0] ?? '', /^GATEHOUSE_LISTEN: listen: not valid YAML/);
  });

  it('describes every key', () => {
    for (const key of configKeys) if (key.kind !== 'section') assert.notEqual(key.description, '', key.path.join('.'));
    assert.equal(new Set(configKeys.map((key) => key.variable)).size, configKeys.length);
  });
});
