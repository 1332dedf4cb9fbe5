/** The configuration: defaults, then one file, then the environment; checked as a whole. */
import path from 'node:path';
import { declaredErrors } from '../policy/settings/declared.ts';
import { parseUserId } from '../protocol/ids/user-id.ts';
import { errorsOf, type ConfigError, type Locate } from './config-error.ts';
import { readConfigFile, type ConfigFile } from './config-file.ts';
import { applyOverrides, readEnvironment, type Environment, type Override } from './environment.ts';
import { keysAt } from './keys.ts';
import { formatPath, parsePath } from './mistakes.ts';
import type { RemoteCheckConfig } from './remote-checks.ts';
import { withAbsoluteFiles } from './remote-files.ts';
import { configSchema, type Config, type ListenerConfig } from './schema.ts';

export interface LoadConfigInput {
  /** As the person wrote it; relative ones start at `cwd`. */
  readonly file?: string | undefined;
  readonly env: Environment;
  readonly cwd: string;
}

/** Where the configuration came from; `file` is absolute. */
export type ConfigSource = { type: 'file'; file: string } | { type: 'development' };

export type ConfigResult =
  { ok: true; config: Config; source: ConfigSource } | { ok: false; errors: readonly ConfigError[] };

export function loadConfig(input: LoadConfigInput): ConfigResult {
  const named = input.file ?? (input.env['GATEHOUSE_CONFIG'] === '' ? undefined : input.env['GATEHOUSE_CONFIG']);
  const environment = readEnvironment(input.env);
  let file: ConfigFile = { content: { server_name: 'localhost:8448' }, locate: () => '' };
  let source: ConfigSource = { type: 'development' };
  if (named !== undefined) {
    const absolute = path.resolve(input.cwd, named);
    const read = readConfigFile(absolute, named);
    if (!read.ok) return { ok: false, errors: [...read.errors, ...environment.errors] };
    file = read.file;
    source = { type: 'file', file: absolute };
  }
  const content = withoutEmptySections(file.content);
  applyOverrides(content, environment.overrides);
  const checked = configSchema.safeParse(content);
  const locate = locator(file, environment.overrides);
  const errors = checked.success ? crossCheck(checked.data, locate) : errorsOf(checked.error.issues, content, locate);
  if (!checked.success || errors.length + environment.errors.length > 0) {
    return { ok: false, errors: [...errors, ...environment.errors] };
  }
  const folder = source.type === 'file' ? path.dirname(source.file) : input.cwd;
  return { ok: true, config: withAbsolutePaths(checked.data, folder), source };
}

function locator(file: ConfigFile, overrides: readonly Override[]) {
  const variables = new Map(overrides.map(({ key }) => [key.path.join('.'), key.variable]));
  return (at: readonly PropertyKey[]): string => {
    for (let length = at.length; length > 0; length -= 1) {
      const variable = variables.get(formatPath(at.slice(0, length)));
      if (variable !== undefined) return variable;
    }
    return file.locate(at);
  };
}

/** A section whose keys are all commented out is an empty one. */
function withoutEmptySections(content: Record<string, unknown>, at: readonly string[] = []): Record<string, unknown> {
  const entries = Object.entries(content).flatMap(([name, value]): [string, unknown][] => {
    const isSection = keysAt([...at, name]) !== undefined;
    if (isSection && value === null) return [];
    if (!isSection || typeof value !== 'object' || value === null || Array.isArray(value)) return [[name, value]];
    return [[name, withoutEmptySections(Object.fromEntries(Object.entries(value)), [...at, name])]];
  });
  return Object.fromEntries(entries);
}

/** What no single key can know. */
function crossCheck(config: Config, locate: Locate): ConfigError[] {
  const errors: ConfigError[] = [];
  if (parseUserId(`@${config.bot.localpart}:${config.server_name}`) === undefined) {
    errors.push({
      path: 'bot.localpart',
      where: '',
      message: 'with server_name makes a user id of more than 255 bytes',
    });
  }
  const seen = new Set<string>();
  for (const [index, { host, port }] of config.listen.entries()) {
    const address = `${host} ${String(port)}`;
    if (port !== 0 && seen.has(address)) {
      errors.push({
        path: `listen[${String(index)}]`,
        where: '',
        message: 'the same host and port as another listener',
      });
    }
    seen.add(address);
  }
  for (const { path: at, message } of declaredErrors(config)) {
    errors.push({ path: at, where: locate(parsePath(at)), message });
  }
  return errors;
}

function withAbsolutePaths(config: Config, folder: string): Config {
  const dataDir = path.resolve(folder, config.data_dir);
  const remoteChecks = Object.entries(config.remote_checks).map(([name, settings]): [string, RemoteCheckConfig] => [
    name,
    withAbsoluteFiles(settings, folder),
  ]);
  return {
    ...config,
    data_dir: dataDir,
    listen: config.listen.map((listener) => absoluteListener(listener, folder)),
    remote_checks: Object.fromEntries(remoteChecks),
  };
}

function absoluteListener(listener: ListenerConfig, folder: string): ListenerConfig {
  if (listener.tls === undefined || listener.tls === 'self-signed') return listener;
  return {
    ...listener,
    tls: {
      certificate: path.resolve(folder, listener.tls.certificate),
      private_key: path.resolve(folder, listener.tls.private_key),
    },
  };
}
