/**
 * Templates made at random with what policyserv's own code (`pslib` of matrix-org/policyserv) prints of texts:
 * `recorded-templates.jsonl`. No rule may refuse what prints nothing there, or send harms that are not printed.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { factsWith, messageOf } from '../../../../tests/support/policy-events.ts';
import { decide } from '../../pipeline.ts';
import { EventReading } from '../../reading/event-reading.ts';
import { compilePolicy, NO_EXEMPTIONS } from '../../rules/compiled-policy.ts';
import { templateRules } from './template-rules.ts';

/** A text is what stands in `body`; policyserv looks at it with a blank behind. */
const recorded = z.object({ template: z.string(), printed: z.array(z.tuple([z.string(), z.string()])) });

const lines = readFileSync(new URL('recorded-templates.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');

describe('templates that policyserv has run', () => {
  for (const line of lines) {
    const { template, printed } = recorded.parse(JSON.parse(line));
    it(template, () => {
      const { rules, notes } = templateRules('t', template, { wholeEvent: false });
      const document = { rules: new Map<string, unknown>(Object.entries(rules)), exempt: NO_EXEMPTIONS };
      const compiled = compilePolicy({ ...document, wordLists: new Map() }, 'test');
      assert.ok(compiled.ok, JSON.stringify(compiled));
      for (const [body, words] of printed) {
        const decision = decide(new EventReading(messageOf({ body })), factsWith(), compiled.policy.rules);
        if (decision.outcome === 'refuse') {
          for (const harm of decision.harms) assert.ok(words.split(' ').includes(harm), `${body}: ${harm} of ${words}`);
        } else assert.ok(words === '' || notes.length > 0, `${body}: ${words}`);
      }
    });
  }
});
