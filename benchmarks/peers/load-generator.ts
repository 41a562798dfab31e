import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import { canPin } from './started-process.ts';

/** A load generator in a process of its own. */
export interface LoadGenerator<Load, Done> extends Disposable {
  /** Runs one load. @throws when an answer was wrong. */
  run(load: Load): Promise<Done>;
}

type Answer<Done> =
  | { readonly kind: 'done'; readonly done: Done }
  | { readonly kind: 'failed'; readonly message: string };

/** Starts the program at `url`, kept on CPU `cpu` where one is named and there are several. */
export function startLoadGenerator<Load, Done>(url: URL, cpu?: number): LoadGenerator<Load, Done> {
  const child = fork(fileURLToPath(url));
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  if (cpu !== undefined && canPin()) spawnSync('taskset', ['-a', '-cp', `${cpu}`, `${child.pid}`]);
  return {
    run(load) {
      const { promise, resolve, reject } = Promise.withResolvers<Done>();
      const died = (code: number | null): void => reject(new Error(`the load generator ended with ${code}`));
      child.once('exit', died);
      child.once('message', (answer: Answer<Done>) => {
        child.off('exit', died);
        if (answer.kind === 'done') resolve(answer.done);
        else reject(new Error(answer.message));
      });
      child.send(load as object);
      return promise;
    },
    [Symbol.dispose]() {
      process.off('exit', kill);
      kill();
    },
  };
}

/** The other side of it: answers each load with what `run` gives. */
export function serveLoads(run: (load: never) => Promise<unknown>): void {
  process.on('message', (load) => {
    // The parent sends nothing else than what it was started for.
    run(load as never).then(
      (done) => process.send?.({ kind: 'done', done }),
      (error: unknown) =>
        process.send?.({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
}
