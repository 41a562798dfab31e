import type { ChildProcess } from 'node:child_process';

/**
 * Resolves with the origin of its first listener when `sallyport serve` says that it is ready.
 *
 * @throws what it said, when it ends before.
 */
export function originOf(child: ChildProcess): Promise<string> {
  const ready = Promise.withResolvers<string>();
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const origin = /"listeners":\["(http:[^"]*)"\]/.exec(said)?.[1];
      if (origin !== undefined) ready.resolve(origin);
    });
  }
  child.once('exit', () => ready.reject(new Error(said)));
  return ready.promise;
}
