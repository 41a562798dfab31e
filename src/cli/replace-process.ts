import { spawn } from 'node:child_process';

const FORWARDED = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

/**
 * Goes on as Node with other arguments: same process id, same standard streams. Returns only where a process cannot replace
 * itself (Windows): there a child does the work, gets our signals, and its exit code becomes ours.
 */
export async function replaceProcess(args: readonly string[]): Promise<void> {
  if (process.platform !== 'win32' && process.execve !== undefined) {
    silenceExperimental(() => process.execve?.(process.execPath, [process.execPath, ...args], process.env));
  }
  await superviseChild(args);
}

/** `execve` itself warns that it is experimental, on the standard error that the new process inherits. */
function silenceExperimental(act: () => void): void {
  const emit = process.emitWarning;
  process.emitWarning = () => {};
  try {
    act();
  } finally {
    process.emitWarning = emit;
  }
}

async function superviseChild(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('error', reject).once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  process.exitCode = await promise;
}
