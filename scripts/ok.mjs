/**
 * The gate: everything that must hold before a change is accepted, on an installed tree. `npm run ok`.
 *
 * Runs the steps in order, cheap ones first, and stops at the first that fails. `npm run ok -- lint types` runs only the
 * steps named. The tests come last, so the closing counts of the test runner stand near the end of the output.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MINUTES = 60_000;
/** Longer than any step may take on a slow machine; a step that hangs is ended and reported, not waited for. */
const LONGEST_STEP_MS = 45 * MINUTES;

const node = (...args) => [process.execPath, ...args];
const bin = (name, ...args) => node(join(ROOT, 'node_modules', name), ...args);

/** The generators, each of which compares with what is committed when told `--check`. */
function generators() {
  return readdirSync(join(ROOT, 'scripts'))
    .filter((name) => /^generate-.*\.ts$/.test(name))
    .sort();
}

/** Globs of `folders` that exist: a pattern that matches nothing is an error of some tools. */
function testGlobs() {
  return ['src', 'test', 'examples', 'scripts']
    .filter((folder) => existsSync(join(ROOT, folder)))
    .map((folder) => `${folder}/**/*.test.ts`);
}

function steps() {
  return [
    { name: 'parts', commands: [node('scripts/install-parts.mjs')] },
    { name: 'format', commands: [bin('@biomejs/biome/bin/biome', 'format', '.')] },
    { name: 'lint', commands: [bin('oxlint/bin/oxlint', '--type-aware', '--deny-warnings')] },
    { name: 'types', commands: [bin('typescript/bin/tsc', '-p', 'tsconfig.json')] },
    { name: 'build', commands: [node('scripts/build.ts')] },
    { name: 'generated', commands: generators().map((name) => node(join('scripts', name), '--check')) },
    { name: 'docs', commands: [bin('markdownlint-cli2/markdownlint-cli2-bin.mjs')] },
    { name: 'unused', commands: [bin('knip/bin/knip.js')] },
    {
      name: 'tests',
      commands: [
        node('--test', '--test-timeout=300000', '--test-reporter=./scripts/test-reporter.mjs', ...testGlobs()),
      ],
    },
  ];
}

/** Every file of tests is a process of its own: what one has compiled of the modules that all load, the next one need not. */
const COMPILED = join(ROOT, 'node_modules/.cache/compiled');

function environment() {
  const path = [dirname(process.execPath), join(ROOT, 'node_modules', '.bin'), process.env['PATH'] ?? ''];
  return { NODE_COMPILE_CACHE: COMPILED, ...process.env, PATH: path.join(delimiter) };
}

/** Resolves to the exit code; a step past its time is killed with everything it started and counts as failed. */
function run([command, ...args]) {
  return new Promise((resolve) => {
    const posix = process.platform !== 'win32';
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: environment(),
      detached: posix,
    });
    const kill = (signal) => (posix && child.pid !== undefined ? process.kill(-child.pid, signal) : child.kill(signal));
    const stop = () => kill('SIGTERM');
    const timer = setTimeout(() => {
      console.error(`\nstill running after ${LONGEST_STEP_MS / MINUTES} minutes, stopped`);
      kill('SIGKILL');
    }, LONGEST_STEP_MS);
    process.once('SIGINT', stop).once('SIGTERM', stop);
    child.on('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.on('exit', (code) => {
      clearTimeout(timer);
      process.off('SIGINT', stop).off('SIGTERM', stop);
      resolve(code ?? 1);
    });
  });
}

async function runStep({ name, commands }) {
  const startedAt = performance.now();
  console.log(`\n── ${name}`);
  for (const command of commands) {
    const code = await run(command);
    if (code !== 0) {
      console.error(`\n✖ ${name} failed (exit ${code}): ${command.slice(1).join(' ')}`);
      return { name, seconds: (performance.now() - startedAt) / 1000, failed: true };
    }
  }
  return { name, seconds: (performance.now() - startedAt) / 1000, failed: false };
}

function printSummary(results, total) {
  console.log('\n── summary');
  for (const { name, seconds, failed } of results)
    console.log(`${failed ? '✖' : '✔'} ${name.padEnd(10)} ${seconds.toFixed(1).padStart(7)} s`);
  const bad = results.filter(({ failed }) => failed).length;
  console.log(
    `${results.length - bad} of ${total} steps passed${bad === 0 ? '' : `, ${bad} failed, ${total - results.length} not run`}`,
  );
}

async function main(wanted) {
  const all = steps();
  const unknown = wanted.filter((name) => all.every((step) => step.name !== name));
  if (unknown.length > 0) {
    console.error(`No such step: ${unknown.join(', ')}. There are: ${all.map(({ name }) => name).join(', ')}`);
    process.exit(2);
  }
  const chosen = wanted.length === 0 ? all : all.filter(({ name }) => wanted.includes(name));
  const results = [];
  for (const step of chosen) {
    results.push(await runStep(step));
    if (results.at(-1).failed) break;
  }
  printSummary(results, chosen.length);
  process.exit(results.some(({ failed }) => failed) ? 1 : 0);
}

await main(process.argv.slice(2));
