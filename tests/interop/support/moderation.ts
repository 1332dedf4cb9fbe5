/** What a moderator does at the command line, and what she looks at afterwards. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import type { GatehouseProcess } from './gatehouse-process.ts';
import { isObject } from './matrix-client.ts';
import type { Answer, JsonObject } from './matrix-client.ts';
import { assertRefused } from './stage.ts';

/** `gatehouse rules set`, the rule in a file; `where` is the scope, and further options. */
export async function setRule(
  gatehouse: GatehouseProcess,
  name: string,
  rule: JsonObject,
  ...where: readonly string[]
): Promise<JsonObject> {
  const file = path.join(gatehouse.folder, `${name}.yaml`);
  await writeFile(file, stringify(rule));
  return await gatehouse.json('rules', 'set', name, file, ...where);
}

/** Checks that the sender is told these words and nothing else but the reference, which is returned. */
export function assertRefusedSaying(answer: Answer, message: string): string {
  const reference = assertRefused(answer);
  assert.equal(answer.body['error'], `${message} Reference: ${reference}`);
  return reference;
}

/** The objects in a list of an answer. */
export function listIn(answer: JsonObject, key: string): JsonObject[] {
  const list = answer[key];
  assert.ok(Array.isArray(list), `no ${key}: ${JSON.stringify(answer)}`);
  return list.filter(isObject);
}

/** Who decided about an event, as `gatehouse verdict` tells it; the oldest verdict first. */
export async function decidersOf(gatehouse: GatehouseProcess, reference: string): Promise<unknown[]> {
  return listIn(await gatehouse.json('verdict', reference), 'verdicts').map((verdict) => verdict['decided_by']);
}

/** The value of one metric: `name{label="…"}`, zero where nothing was counted. */
export async function metricOf(adminPort: number, series: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/metrics`, { signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}
