import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServerName } from './ids/server-name.ts';
import type { JsonObject } from './json.ts';
import { compileServerAcl } from './server-acl.ts';

const cases: readonly [JsonObject | undefined, string, boolean][] = [
  [undefined, 'evil.com', true],
  [{}, 'example.org', false],
  [{ allow: [] }, 'example.org', false],
  [{ allow: 'example.org' }, 'example.org', false],
  [{ allow: ['*'] }, 'example.org', true],
  [{ allow: [5, null, 'example.org'] }, 'example.org', true],
  [{ allow: ['*'], deny: ['evil.com'] }, 'evil.com', false],
  [{ allow: ['*'], deny: ['evil.com'] }, 'evil.com:8448', false],
  [{ allow: ['*'], deny: ['EVIL.com'] }, 'eviL.COM', false],
  [{ allow: ['*'], deny: ['*.evil.com'] }, 'a.b.evil.com', false],
  [{ allow: ['*'], deny: ['*.evil.com'] }, 'evil.com', true],
  [{ allow: ['*'], deny: 'evil.com' }, 'evil.com', true],
  [{ allow: ['*'], deny: ['e?il.com'] }, 'evil.com', false],
  [{ allow: ['*'], deny: ['e?il.com'] }, 'eil.com', true],
  [{ allow: ['*'], deny: ['e.il.com'] }, 'evil.com', true],
  [{ allow: ['*'], allow_ip_literals: false }, '1.2.3.4', false],
  [{ allow: ['*'], allow_ip_literals: false }, '1.2.3.4:8448', false],
  [{ allow: ['*'], allow_ip_literals: false }, '[::1]:8448', false],
  [{ allow: ['*'], allow_ip_literals: false }, 'example.org', true],
  [{ allow: ['*'], allow_ip_literals: 'false' }, '1.2.3.4', true],
  [{ allow: ['*'] }, '[::1]', true],
  [{ allow: ['[::1]'] }, '[::1]:80', true],
  [{ allow: ['example.org:8448'] }, 'example.org:8448', false],
  [{ allow: ['*'], deny: ['*'] }, 'example.org', false],
];

for (const [content, server, allowed] of cases) {
  test(`${JSON.stringify(content)} ${allowed ? 'allows' : 'denies'} ${server}`, () => {
    assert.equal(compileServerAcl(content)(parseServerName(server)!), allowed);
  });
}
