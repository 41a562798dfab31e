import { type FSWatcher, watch } from 'node:fs';

/**
 * Calls `onChange` soon after something happens to one of `files`, at most once for what happens within `settleMs`.
 *
 * A hint, not a promise: a replaced file is no longer watched, and some file systems tell nothing. Whoever must not miss a
 * change polls as well.
 */
export function watchFiles(files: readonly string[], settleMs: number, onChange: () => void): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(onChange, settleMs).unref();
  };
  const watchers = files.flatMap((file) => watcherOf(file, soon));
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function watcherOf(file: string, onChange: () => void): FSWatcher[] {
  try {
    return [watch(file, { persistent: false }, onChange).on('error', () => {})];
  } catch {
    return [];
  }
}
