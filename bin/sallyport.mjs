#!/usr/bin/env node
/**
 * Sallyport from a checkout, also where `node` is an older one: then the Node 26 that `npm run demo` has put beside it runs
 * the program. Plain JavaScript without dependencies: it must run on Node 20.
 *
 * The program is `dist/` when that was built after the last change of `src/`, else `src/` itself.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_MAJOR = 26;
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** The program's script. */
function findProgram() {
  const built = join(ROOT, 'dist', 'cli', 'main.js');
  const source = join(ROOT, 'src', 'cli', 'main.ts');
  if (!existsSync(source)) return built;
  return existsSync(built) && statSync(built).mtimeMs > newestIn(join(ROOT, 'src')) ? built : source;
}

function newestIn(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const times = files.map((file) => statSync(join(file.parentPath ?? file.path, file.name)).mtimeMs);
  return Math.max(...times);
}

/** The Node 26 of this checkout. */
function findNode() {
  const own = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const script = process.platform === 'win32' ? 'node.exe' : 'node';
  const places = [ROOT, ...folders(join(ROOT, '.node')).toReversed()];
  return places
    .flatMap((place) => [own, 'node'].map((name) => join(place, 'node_modules', name, 'bin', script)))
    .find((path) => existsSync(path));
}

function folders(path) {
  return existsSync(path) ? readdirSync(path).toSorted().map((name) => join(path, name)) : [];
}

function runWith(node, args) {
  const child = spawn(node, args, { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // A terminal sends it to both; a second one would end the service at once.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  child.on('error', (error) => {
    console.error(`${node} cannot be started: ${error.message}`);
    process.exit(2);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

async function main(args) {
  const program = findProgram();
  if (Number(process.versions.node.split('.')[0]) >= OLDEST_MAJOR) {
    await import(pathToFileURL(program).href);
    return;
  }
  const node = findNode();
  if (node !== undefined) {
    runWith(node, [program, ...args]);
    return;
  }
  console.error(
    `Sallyport needs Node ${OLDEST_MAJOR}; this is ${process.versions.node}. Run npm run demo once, it puts one into .node/.`,
  );
  process.exitCode = 2;
}

await main(process.argv.slice(2));
