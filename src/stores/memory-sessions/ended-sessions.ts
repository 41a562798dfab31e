import { openLineFile, readLines } from '../line-file.ts';

/** The sessions that ended and must not come back, by key. */
export interface EndedSessions {
  /**
   * Whether the session has ended, or may have: the list is bounded, and what left it ended before a time that is remembered. Of
   * sessions that are older than that, only those are to be believed that are known to be open.
   *
   * @param openedAtMs When the session was opened, by the wall clock.
   */
  has(key: string, openedAtMs: number): 'ended' | 'may-have-ended' | 'not-ended';
  /** Never throws: a session that cannot be written down is still ended in this process. */
  add(key: string): void;
}

export interface EndedSessionsOptions {
  /** Sessions that are remembered one by one. */
  readonly capacity?: number;
  /** Wall clock. */
  readonly nowMs: () => number;
}

export interface EndedSessionsFileOptions extends EndedSessionsOptions {
  readonly path: string;
  /** Hears when the file cannot be written. */
  readonly onError: (error: unknown) => void;
}

const DEFAULT_CAPACITY = 20_000;

/** When each session ended, milliseconds since the epoch, by key; the oldest first. */
type Ends = Map<string, number>;

/** Remembers the last ones in this process. */
export function createEndedSessions({ capacity = DEFAULT_CAPACITY, nowMs }: EndedSessionsOptions): EndedSessions {
  return remember(new Map(), -Infinity, { capacity, nowMs });
}

/**
 * Remembers them across restarts too, one a line in `path`.
 *
 * @throws what reading an existing file throws.
 */
export function openEndedSessions({
  path,
  onError,
  nowMs,
  capacity = DEFAULT_CAPACITY,
}: EndedSessionsFileOptions): EndedSessions {
  const ends = readEnds(readLines(path, capacity), nowMs());
  // A full file may have been longer: what is not in it any more ended before what still is.
  const [oldestMs] = ends.size >= capacity ? ends.values() : [];
  const inMemory = remember(ends, oldestMs ?? -Infinity, { capacity, nowMs });
  const current = (): Iterable<string> => Array.from(ends, ([key, endedAtMs]) => printed(key, endedAtMs));
  const file = openLineFile(path, { current, capacity, onError });
  return {
    has: inMemory.has,
    add(key) {
      if (ends.has(key)) return;
      inMemory.add(key);
      file.add([printed(key, ends.get(key) ?? nowMs())]);
    },
  };
}

/** @param forgottenMs When the last session ended that is not in `ends` any more. */
function remember(ends: Ends, forgottenMs: number, { capacity, nowMs }: Required<EndedSessionsOptions>): EndedSessions {
  let latestForgottenMs = forgottenMs;
  return {
    has(key, openedAtMs) {
      if (ends.has(key)) return 'ended';
      return openedAtMs <= latestForgottenMs ? 'may-have-ended' : 'not-ended';
    },
    add(key) {
      if (!ends.has(key)) ends.set(key, nowMs());
      const [oldest] = ends.size > capacity ? ends : [];
      if (oldest === undefined) return;
      ends.delete(oldest[0]);
      latestForgottenMs = Math.max(latestForgottenMs, oldest[1]);
    },
  };
}

function printed(key: string, endedAtMs: number): string {
  return `${key} ${endedAtMs}`;
}

/** A line without a time, as earlier versions wrote it, counts as ended now. */
function readEnds(lines: readonly string[], nowMs: number): Ends {
  const ends: Ends = new Map();
  for (const line of lines) {
    const [, key, time] = /^([\w-]{22})(?: (\d{1,15}))?$/.exec(line) ?? [];
    if (key !== undefined) ends.set(key, time === undefined ? nowMs : Number(time));
  }
  return ends;
}
