import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PACKAGES = fileURLToPath(new URL('../../../.parts/python', import.meta.url));

/** Python with the official SDK, as `scripts/install-parts.mjs` left it. */
export interface PythonPart {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Where Python and the SDK are. Throws where they are not: a test that may skip asks `whyNoPython()` first. */
export function pythonPart(): PythonPart {
  const missing = findOut();
  if (missing !== undefined) throw new Error(missing);
  // Bytecode goes nowhere, so that the installed folder stays as pip left it.
  return { command: 'python3', env: { PYTHONPATH: PACKAGES, PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' } };
}

/**
 * For `test(name, { skip: whyNoPython() }, …)`: `false` when Python is there, else the reason. Where `CI=true` the part is
 * obligatory, so nothing is skipped and the test fails with that reason.
 */
export function whyNoPython(): string | false {
  return process.env['CI'] === 'true' ? false : (findOut() ?? false);
}

function findOut(): string | undefined {
  if (!existsSync(`${PACKAGES}/mcp`))
    return 'the Python MCP SDK is not in .parts/python: node scripts/install-parts.mjs';
  const { status } = spawnSync('python3', ['--version']);
  return status === 0 ? undefined : 'python3 is not installed';
}
