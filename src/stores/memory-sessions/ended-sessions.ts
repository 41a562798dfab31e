import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { codeOf } from '../../kit/cause.ts';

/** The sessions that ended and must not come back, by key. */
export interface EndedSessions {
  has(key: string): boolean;
  /** Never throws: a session that cannot be written down is still ended in this process. */
  add(key: string): void;
}

const DEFAULT_CAPACITY = 20_000;

/** Remembers the last `capacity` of them in this process. */
export function createEndedSessions(capacity = DEFAULT_CAPACITY, start: Iterable<string> = []): EndedSessions {
  const keys = new Set(start);
  return {
    has: (key) => keys.has(key),
    add(key) {
      keys.add(key);
      if (keys.size <= capacity) return;
      for (const oldest of keys) {
        keys.delete(oldest);
        return;
      }
    },
  };
}

/**
 * Remembers them across restarts too, one key a line in `path` (mode 0600), rewritten at start and each time it has grown
 * by `capacity` lines. `onError` hears when the file cannot be written.
 *
 * @throws what reading an existing file throws.
 */
export function openEndedSessions(
  path: string,
  onError: (error: unknown) => void,
  capacity = DEFAULT_CAPACITY,
): EndedSessions {
  let lines = readLines(path).slice(-capacity);
  const inMemory = createEndedSessions(capacity, lines);
  rewrite(path, lines);
  return {
    has: (key) => inMemory.has(key),
    add(key) {
      if (inMemory.has(key)) return;
      inMemory.add(key);
      lines.push(key);
      try {
        if (lines.length < 2 * capacity) return appendFileSync(path, `${key}\n`, { mode: 0o600 });
        lines = lines.slice(-capacity);
        rewrite(path, lines);
      } catch (error) {
        onError(error);
      }
    },
  };
}

function rewrite(path: string, lines: readonly string[]): void {
  writeFileSync(`${path}.next`, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  renameSync(`${path}.next`, path);
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => /^[\w-]{22}$/.test(line));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
