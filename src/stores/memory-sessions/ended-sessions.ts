import { openLineFile, readLines } from '../line-file.ts';

/** The sessions that ended and must not come back, by key. */
export interface EndedSessions {
  has(key: string): boolean;
  /** Never throws: a session that cannot be written down is still ended in this process. */
  add(key: string): void;
}

const DEFAULT_CAPACITY = 20_000;

/** Remembers the last `capacity` of them in this process. */
export function createEndedSessions(capacity = DEFAULT_CAPACITY, keys: Set<string> = new Set()): EndedSessions {
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
 * Remembers them across restarts too, one key a line in `path`. `onError` hears when the file cannot be written.
 *
 * @throws what reading an existing file throws.
 */
export function openEndedSessions(
  path: string,
  onError: (error: unknown) => void,
  capacity = DEFAULT_CAPACITY,
): EndedSessions {
  const keys = new Set(readLines(path, capacity).filter((line) => /^[\w-]{22}$/.test(line)));
  const inMemory = createEndedSessions(capacity, keys);
  const file = openLineFile(path, { current: () => keys, capacity, onError });
  return {
    has: (key) => inMemory.has(key),
    add(key) {
      if (inMemory.has(key)) return;
      inMemory.add(key);
      file.add([key]);
    },
  };
}
