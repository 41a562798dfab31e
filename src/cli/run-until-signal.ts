/** What `serve` and `dev` need of a running service. */
export interface Running {
  /** Stops taking calls, lets those in progress finish, writes what is to be recorded. */
  stop(): Promise<void>;
  /** Reads the configuration anew; the last good one stays when it is invalid. Never rejects. */
  reload(): Promise<unknown>;
}

/**
 * Waits for SIGTERM or SIGINT, drains, and ends the process with 0; a second one ends it at once with 1. SIGHUP reloads.
 */
export async function runUntilSignal(running: Running): Promise<never> {
  process.on('SIGHUP', () => void running.reload());
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve).once('SIGINT', resolve);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1));
  await running.stop();
  process.exit(0);
}
