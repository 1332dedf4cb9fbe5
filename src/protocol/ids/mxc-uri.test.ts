import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMxcUri } from './mxc-uri.ts';

for (const [text, serverName, mediaId] of [
  ['mxc://example.org/abc', 'example.org', 'abc'],
  ['mxc://example.org:8448/A-b_9', 'example.org:8448', 'A-b_9'],
  ['mxc://[::1]:1/a', '[::1]:1', 'a'],
] as const) {
  test(`${text} is a file of ${serverName}`, () => assert.deepEqual(parseMxcUri(text), { serverName, mediaId }));
}

for (const text of [
  '',
  'mxc://',
  'mxc://example.org',
  'mxc://example.org/',
  'mxc:///abc',
  'MXC://example.org/abc',
  ' mxc://example.org/abc',
  'mxc://example.org/a/b',
  'mxc://example.org/..',
  'mxc://example.org/a?b',
  'mxc://example.org/%2e',
  'mxc://exa mple.org/abc',
  'mxc://user@example.org/abc',
  'https://example.org/abc',
  `mxc://example.org/${'a'.repeat(256)}`,
]) {
  test(`${JSON.stringify(text)} is none`, () => assert.equal(parseMxcUri(text), undefined));
}
