import assert from 'node:assert/strict';
import { it } from 'node:test';
import { runCliHere } from '../../tests/support/run-cli.ts';

it('a preset that does not exist is told first, with the nearest name, and what else is missing', async () => {
  const both = await runCliHere(['rules', 'preset', 'suport']);
  assert.equal(both.exitCode, 2);
  assert.match(both.stderr, /no preset "suport": did you mean "support"\?\n.*--community ID/u);
  const one = await runCliHere(['rules', 'preset', 'suport', '--instance']);
  assert.equal(one.exitCode, 2);
  assert.match(one.stderr, /did you mean "support"\?\n$/u);
  const far = await runCliHere(['rules', 'preset', 'xyzzyx']);
  assert.match(far.stderr, /there are public, support, announcements, lockdown, none\n.*--community ID/u);
  const right = await runCliHere(['rules', 'preset', 'none']);
  assert.doesNotMatch(right.stderr, /preset "/u);
  assert.match(right.stderr, /--community ID/u);
});
