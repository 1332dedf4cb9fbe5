import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { guides, samplesOf, type Sample } from '../../../tests/support/guides.ts';
import { openTestSettings } from '../../../tests/support/settings-fakes.ts';
import { configSchema } from '../../config/schema.ts';
import { declaredErrors } from './declared.ts';
import { INSTANCE, parseScope } from './scope.ts';

type Kind = 'configuration' | 'community' | 'room' | 'layer' | 'rule' | 'foreign';

interface YamlSample extends Sample {
  readonly kind: Kind;
  readonly value: object;
}

/** Said in a comment on the first line, such as `# rule`, or known by the keys; a file of another program is named there. */
function kindOf(text: string, value: object): Kind {
  const [, named] = /^# (.*)/.exec(text) ?? [];
  const [known] = (['configuration', 'community', 'room', 'layer', 'rule'] as const).filter((kind) => kind === named);
  if (known !== undefined) return known;
  if (named?.endsWith('.yml') === true) return 'foreign';
  if ('when' in value) return 'rule';
  if ('name' in value || 'rooms' in value) return 'community';
  return Object.keys(value).some((key) => key in configSchema.shape) ? 'configuration' : 'layer';
}

const samples = guides().flatMap((guide) =>
  samplesOf(guide).flatMap((sample): YamlSample[] => {
    if (!/^ya?ml$/.test(sample.language)) return [];
    const value: unknown = parse(sample.text);
    assert.ok(typeof value === 'object' && value !== null, `${guide.name}:${String(sample.line)}`);
    return [{ ...sample, kind: kindOf(sample.text, value), value }];
  }),
);

/** The programs that rules of any guide ask. */
const remoteChecks: unknown = Object.assign(
  {},
  ...samples.map(({ value }) => ('remote_checks' in value ? value.remote_checks : {})),
);

function configured(value: object): readonly unknown[] {
  return declaredErrors(
    configSchema.parse({ server_name: 'policy.example.org', remote_checks: remoteChecks, ...value }),
  );
}

/** The rules of the guide that nearer layers change. */
function rulesBefore(sample: YamlSample): Record<string, unknown> {
  const rule = samples.find(({ guide, kind }) => guide === sample.guide && kind === 'rule');
  return rule === undefined ? {} : { 'no-links': rule.value };
}

async function mistakesIn(sample: YamlSample): Promise<readonly unknown[]> {
  const { kind, value } = sample;
  switch (kind) {
    case 'configuration':
      return configured(value);
    case 'layer':
      return configured({ policy: value });
    case 'rule':
      return configured({ policy: { rules: { sample: value } } });
    case 'community': {
      const cats = parseScope('community/cats');
      assert.ok(cats);
      return (await openTestSettings()).settings.check(cats, value);
    }
    case 'room': {
      const { settings } = await openTestSettings();
      const room = parseScope('room/!photos:example.org');
      assert.ok(room);
      const cats = { name: 'Cats', preset: 'public', rooms: ['!photos:example.org'], rules: rulesBefore(sample) };
      const made = await settings.create('cats', cats, { author: 'test', note: '' });
      return made.ok ? settings.check(room, value) : [made];
    }
    case 'foreign':
      return [];
  }
}

describe('the settings that guides show', () => {
  it('are found', () => {
    assert.ok(samples.length > 10);
    assert.deepEqual(samplesOf({ name: 'a', text: '1. b\n\n   ```yaml\n   c:\n     d: 1\n   ```\n' }), [
      { guide: 'a', line: 3, language: 'yaml', text: 'c:\n  d: 1\n' },
    ]);
  });

  for (const sample of samples.filter(({ kind }) => kind !== 'foreign')) {
    it(`can be used: ${sample.guide}:${String(sample.line)}, ${sample.kind}`, async () => {
      assert.deepEqual(await mistakesIn(sample), []);
    });
  }

  it('are told from what cannot be used', async () => {
    const { settings } = await openTestSettings();
    assert.notDeepEqual(settings.check(INSTANCE, { rules: { sample: { when: { lynks: {} } } } }), []);
  });
});
