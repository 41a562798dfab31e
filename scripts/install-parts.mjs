/**
 * Gets the real parts that tests need beyond npm packages, into `.parts/`, from package registries through their own
 * clients. Today: the Python MCP SDK, a second, independent client and server.
 *
 * With `CI=true` a part that cannot be had is an error. Elsewhere it is only said, and the tests that need it skip with
 * that reason.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_PYTHON = [3, 10];

function output(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  return {
    ok: status === 0,
    text: (stdout ?? '').trim(),
    problem: error?.message ?? (stderr ?? '').trim().split('\n').at(-1),
  };
}

function missingPython() {
  const version = output('python3', ['-c', 'import sys; print(*sys.version_info[:2])']);
  if (!version.ok) return `python3 is not installed (${version.problem})`;
  const [major, minor] = version.text.split(' ').map(Number);
  if (major < OLDEST_PYTHON[0] || minor < OLDEST_PYTHON[1])
    return `python3 is ${major}.${minor}, older than ${OLDEST_PYTHON.join('.')}`;
  const pip = output('python3', ['-m', 'pip', '--version']);
  return pip.ok ? undefined : `python3 has no pip (${pip.problem})`;
}

/** Installs `requirements.txt` into a folder of its own, once for each content of that file. Returns why it could not. */
function installPython() {
  const missing = missingPython();
  if (missing !== undefined) return missing;
  const requirements = join(ROOT, 'test', 'servers', 'python', 'requirements.txt');
  const folder = join(ROOT, '.parts', 'python');
  const stampFile = join(folder, '.stamp');
  const { text: version } = output('python3', ['--version']);
  const stamp = `${version} ${createHash('sha256').update(readFileSync(requirements)).digest('hex')}\n`;
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return undefined;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--only-binary=:all:'];
  const pip = output('python3', [...args, '--target', folder, '--requirement', requirements]);
  if (!pip.ok) return `pip could not install the Python MCP SDK (${pip.problem})`;
  writeFileSync(stampFile, stamp);
  return undefined;
}

const problem = installPython();
if (problem === undefined) {
  console.log('python: mcp is in .parts/python');
} else {
  console.log(`python: not available: ${problem}`);
  if (process.env['CI'] === 'true') process.exit(1);
}
