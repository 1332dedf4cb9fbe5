import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileDomainList } from './domain-list.ts';

const rows: readonly (readonly [string, string, boolean, boolean?])[] = [
  ['example.com', 'example.com', true],
  ['example.com', 'a.b.example.com', true],
  ['example.com', 'badexample.com', false],
  ['example.com', 'example.com.evil.org', false],
  ['.Example.com.', 'a.example.com', true],
  ['www.example.com', 'example.com', false],
  ['*.example.com', 'example.com', false],
  ['*.example.com', 'a.example.com', true],
  ['example.*', 'example.org', true],
  ['bücher.de', 'xn--bcher-kva.de', true],
  ['github.io', 'evil.github.io', true, false],
  ['co.uk', 'evil.co.uk', true, false],
  ['[::1]', '[::1]', true],
  ['127.0.0.1', '127.0.0.1', true],
];

describe('compileDomainList', () => {
  for (const [entry, host, denied, allowed = denied] of rows) {
    it(`${entry} on ${host}`, () => {
      const list = [entry, 'other.example'];
      assert.equal(compileDomainList(list, { trusting: false })(host), denied ? entry : undefined);
      assert.equal(compileDomainList(list, { trusting: true })(host), allowed ? entry : undefined);
    });
  }
});
