import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const main = join(import.meta.dirname, '../../examples/demo/main.ts');

export interface DemoEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the demo as `npm run demo -- …` does once everything is installed. `path` in the place of PATH. */
export async function runDemo(args: readonly string[], path = process.env['PATH']): Promise<DemoEnd> {
  const env = { ...process.env, PATH: path, NO_COLOR: '1' };
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  await once(child, 'close');
  return { code: child.exitCode, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
}

/** What was checked, in order: the lines that begin with a tick or a cross. */
export function checks(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => /^ {3}([✓✗] .*)$/.exec(line)?.[1] ?? []);
}
