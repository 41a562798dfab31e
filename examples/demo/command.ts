import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const cli = join(import.meta.dirname, '../../src/cli/main.ts');
const run = promisify(execFile);

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `sallyport …` in `folder` and says how it ended. */
export async function sallyport(folder: string, ...args: readonly string[]): Promise<CommandResult> {
  try {
    const { stdout, stderr } = await run(process.execPath, [cli, ...args], { cwd: folder, env: environment() });
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

/** A running `sallyport serve`. */
export interface Service extends AsyncDisposable {
  /** What it printed so far. */
  output(): string;
}

/** Starts `sallyport serve` in `folder` and waits until it says that it is ready. */
export async function startService(folder: string, ...args: readonly string[]): Promise<Service> {
  const child = spawn(process.execPath, [cli, 'serve', ...args], {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const ready = Promise.withResolvers<void>();
  const listen = (chunk: Buffer): void => {
    text += chunk.toString();
    if (/ready/.test(text)) ready.resolve();
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  child.once('exit', (code) => ready.reject(new Error(`sallyport serve ended with ${code}:\n${text}`)));
  await ready.promise;
  return { output: () => text, [Symbol.asyncDispose]: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, NO_COLOR: '1' };
}
