/** Authorisation rules and state resolution, compared with Synapse's own functions on generated rooms. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { knownRoomVersions } from '../../../src/protocol/room-versions.ts';
import { Dice } from '../support/dice.ts';
import { startPython, type PythonScript } from '../support/python.ts';
import { prepareSynapseEnvironment } from '../support/synapse-environment.ts';
import { compare, drawQuestions } from './room-comparison.ts';

const ROOMS_PER_VERSION = 90;
const environment = await prepareSynapseEnvironment();
const seed = Number(process.env['GATEHOUSE_SEED'] ?? randomInt(2 ** 31));

describe(`rules compared with Synapse's, GATEHOUSE_SEED=${seed}`, { skip: !environment.ok && environment.skip }, () => {
  let oracle: PythonScript;
  before(() => {
    assert.ok(environment.ok);
    oracle = startPython(environment.python, '../rules/oracle.py');
  });
  after(async () => {
    await oracle[Symbol.asyncDispose]();
  });

  for (const version of knownRoomVersions()) {
    test(`${ROOMS_PER_VERSION} rooms of version ${version}`, async (t) => {
      const dice = new Dice(seed ^ Number(version));
      const differences: string[] = [];
      const rules = new Set<string>();
      let [verdicts, resolutions] = [0, 0];
      for (let count = 0; count < ROOMS_PER_VERSION; count += 1) {
        const size = dice.chance(0.1) ? 100 + dice.below(400) : 20 + dice.below(80);
        const compared = await compare(drawQuestions(dice.below(2 ** 31), version, size), oracle);
        differences.push(...compared.differences);
        for (const rule of compared.rejections.keys()) rules.add(rule);
        verdicts += compared.verdicts;
        resolutions += compared.resolutions;
      }
      t.diagnostic(`${verdicts} verdicts, rejections by ${rules.size} rules; ${resolutions} resolutions`);
      assert.deepEqual(differences.slice(0, 5), [], `${differences.length} differences`);
      assert.ok(rules.size > 20, `only these rules rejected anything: ${[...rules].join()}`);
    });
  }
});
