import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Program, startProgram } from './program.ts';

const cli = join(import.meta.dirname, '../../src/cli/main.ts');
const run = promisify(execFile);
const START_MS = 30_000;

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `sallyport …` in `folder` and says how it ended. */
export async function sallyport(folder: string, ...args: readonly string[]): Promise<CommandResult> {
  try {
    const env = { ...process.env, NO_COLOR: '1' };
    const { stdout, stderr } = await run(process.execPath, [cli, ...args], { cwd: folder, env });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    if (typeof code !== 'number') throw error;
    return { code, stdout, stderr };
  }
}

/** The same, for commands that must succeed. @throws with what the command said, when it does not. */
export async function mustSallyport(folder: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await sallyport(folder, ...args);
  if (code !== 0) throw new Error(`sallyport ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

/** Starts `sallyport serve` in `folder` and waits until it says that it is ready. */
export async function startService(folder: string): Promise<Program> {
  const service = startProgram(process.execPath, [cli, 'serve'], folder);
  await service.until(() => /ready/.test(service.output()), START_MS);
  return service;
}
