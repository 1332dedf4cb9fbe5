// Runs a script of this repository under the Node it pins, installing what is missing first.
//
// usage: node scripts/bootstrap.mjs SCRIPT [ARGUMENT…]
//
// Any Node from 20 on can run this file; nothing but built-in modules may be imported here.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const oldestMajor = 24;
const pinnedNode = path.join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

const [script, ...scriptArguments] = process.argv.slice(2);
if (script === undefined) {
  console.error('usage: node scripts/bootstrap.mjs SCRIPT [ARGUMENT…]');
  process.exit(2);
}

const missing = whatIsMissing();
if (missing !== undefined) {
  console.error(`gatehouse: ${missing}; running npm ci`);
  install();
}
run(runtime());

/** Compares what is installed with package-lock.json: a reason to install, or undefined. */
function whatIsMissing() {
  const installed = readPackages('node_modules/.package-lock.json');
  if (installed === undefined) return 'node_modules is missing or incomplete';
  for (const [folder, wanted] of Object.entries(readPackages('package-lock.json') ?? {})) {
    if (folder === '') continue;
    const found = installed[folder];
    // Packages for other platforms are in the lock file and not on the disk.
    if (found === undefined && wanted.optional === true) continue;
    if (found?.version !== wanted.version || found.integrity !== wanted.integrity) {
      return `node_modules does not match package-lock.json (${folder.replace('node_modules/', '')})`;
    }
    if (!existsSync(path.join(root, folder))) return `${folder} is missing`;
  }
  if (!existsSync(pinnedNode) && majorOf(process.version) < oldestMajor) return 'the pinned Node is missing';
  return undefined;
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function install() {
  // Spelled out because a user's own npm settings (production installs, no scripts, strict engines) would break it.
  const options = ['--include=dev', '--ignore-scripts=false', '--engine-strict=false', '--no-audit', '--no-fund'];
  if (npm(['ci', '--loglevel=error', ...options]) !== 0) fail('npm ci failed, see above');
  if (!existsSync(pinnedNode)) npm(['rebuild', 'node', '--loglevel=error', '--ignore-scripts=false']);
}

function npm(npmArguments) {
  const program = process.env.npm_execpath;
  const useRunningNpm = program !== undefined && /npm-cli\.c?js$/u.test(program) && existsSync(program);
  // `npm start` names the npm that runs: use the same one, under the Node it came with.
  const command = useRunningNpm ? (process.env.npm_node_execpath ?? process.execPath) : 'npm';
  const prefix = useRunningNpm ? [program] : [];
  // Its progress goes to standard error: standard output belongs to the script.
  const options = { cwd: root, stdio: ['ignore', 2, 2], shell: command === 'npm' && process.platform === 'win32' };
  return spawnSync(command, [...prefix, ...npmArguments], options).status;
}

function runtime() {
  if (existsSync(pinnedNode)) return pinnedNode;
  if (majorOf(process.version) >= oldestMajor) return process.execPath;
  return fail(`Node ${oldestMajor} or newer is needed, this is ${process.version} and npm could not install one`);
}

function run(node) {
  const file = path.resolve(root, script);
  if (majorOf(process.version) >= oldestMajor) {
    // No second process: faster, and signals arrive where they belong.
    process.argv = [process.execPath, file, ...scriptArguments];
    void import(pathToFileURL(file).href);
    return;
  }
  const child = spawn(node, [file, ...scriptArguments], { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends SIGINT to the whole group: passing it on would make it two.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => fail(`cannot run ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function majorOf(version) {
  return Number(version.slice(1).split('.')[0]);
}

function fail(message) {
  console.error(`gatehouse: ${message}`);
  process.exit(1);
}
