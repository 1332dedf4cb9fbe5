import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileEffective, mergeLayers } from '../settings/effective-settings.ts';
import { readLayer } from '../settings/layer-document.ts';
import { PRESETS, presetNamed } from './registry.ts';

describe('presets', () => {
  for (const preset of PRESETS) {
    it(`${preset.name} has rules that can be in force, each explained`, () => {
      assert.equal(presetNamed(preset.name), preset);
      assert.match(preset.summary, /^[A-Z].*\.$/);
      const layer = readLayer({ rules: preset.rules });
      assert.ok(layer.ok, JSON.stringify(layer));
      const { document, origins } = mergeLayers([{ origin: 'instance', document: { preset: preset.name } }]);
      const compiled = compileEffective(document, 'test');
      assert.ok(compiled.ok, JSON.stringify(compiled));
      for (const [name, rule] of Object.entries(preset.rules)) {
        assert.match(rule.description ?? '', /^[A-Z].*\.$/s, name);
        assert.equal(origins.get(`rules.${name}.when`), `preset/${preset.name}`);
      }
    });
  }

  it('are known by name only', () => {
    assert.equal(presetNamed('none'), undefined);
    assert.equal(presetNamed('constructor'), undefined);
  });
});
