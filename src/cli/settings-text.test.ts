import assert from 'node:assert/strict';
import { it } from 'node:test';
import { mergeLayers, type Layer } from '../policy/settings/effective-settings.ts';
import { effectiveSettings } from './settings-answers.ts';
import { describeRules } from './settings-text.ts';

const LIST = '!list:a.example';

it('the rules in force are shown with what is said of policy lists, and which layer says it', () => {
  const layers: readonly Layer[] = [
    {
      origin: 'community/cats',
      document: { lists: { [LIST]: { trust: 'enforce', overrides: { '*.edu': 'ignore' } } } },
    },
    { origin: 'room/!a:b', document: { lists: { [LIST]: { trust: 'off' } } } },
  ];
  const { document, origins, withoutEffect } = mergeLayers(layers);
  const answer = effectiveSettings.parse({
    ...{ scope: 'room/!a:b', community: 'cats', layers: layers.map(({ origin }) => origin), fingerprint: 'abc' },
    ...{ settings: document, origins: Object.fromEntries(origins), without_effect: withoutEffect },
  });
  const text = describeRules(answer);
  assert.match(text, /^!list:a\.example +trust +off +room\/!a:b$/m);
  assert.match(text, /^!list:a\.example +overrides \*\.edu +ignore +community\/cats$/m);
});
