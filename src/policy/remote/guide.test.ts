import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod';
import { configSchema } from '../../config/schema.ts';
import { declaredErrors } from '../settings/declared.ts';
import { httpAnswer } from './http-endpoint.ts';

const guide = readFileSync(new URL('../../../docs/remote-checks.md', import.meta.url), 'utf8');

function samples(language: string): readonly string[] {
  return [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);
}

const sections = z.object({ remote_checks: z.unknown(), rules: z.unknown() }).partial();

describe('the samples of docs/remote-checks.md', () => {
  const parts = samples('yaml').map((text) => sections.parse(parse(text)));
  const { remote_checks: checks } = parts.find((part) => part.remote_checks !== undefined) ?? {};
  const { rules } = parts.find((part) => part.rules !== undefined) ?? {};

  it('are settings that can be in force', () => {
    const config = configSchema.parse({ server_name: 'example.org', remote_checks: checks, policy: { rules } });
    assert.deepEqual(Object.keys(config.remote_checks), ['classifier', 'moderation', 'hashes']);
    assert.deepEqual(declaredErrors(config), []);
  });

  it('are rules that are not taken without their endpoints', () => {
    const config = configSchema.parse({ server_name: 'example.org', policy: { rules } });
    assert.deepEqual(
      declaredErrors(config)
        .map(({ path }) => path)
        .sort(),
      [
        'policy.rules.classified.when.remote.endpoint',
        'policy.rules.hateful.when.all[1].remote.endpoint',
        'policy.rules.known_files.when.media_hash.endpoint',
      ],
    );
  });

  it('show an answer that is taken', () => {
    const answers = samples('json').filter((text) => httpAnswer.safeParse(JSON.parse(text)).success);
    assert.equal(answers.length, 1);
  });
});
