/** docs/presets.md has every rule of every preset, in the words of the code. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { PRESETS } from './registry.ts';

const guide = readFileSync(new URL('../../../docs/presets.md', import.meta.url), 'utf8');

describe('docs/presets.md', () => {
  for (const { name, summary, rules } of PRESETS) {
    it(`tells all of ${name}`, () => {
      const section = guide.split(/^## /m).find((text) => text.startsWith(`\`${name}\`\n`)) ?? '';
      assert.ok(section.replace(/\s+/g, ' ').includes(summary), summary);
      const shown = [...section.matchAll(/^\| `(.+?)` +\| (.+?) +\|$/gm)].map(([, rule, text]) => [rule, text]);
      const known = Object.entries(rules)
        .sort(([, a], [, b]) => (a.order ?? 500) - (b.order ?? 500))
        .map(([rule, { description }]) => [rule, description]);
      assert.deepEqual(shown, known);
    });
  }
});
