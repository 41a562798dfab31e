import type { Clock } from '../kit/clock.ts';

/** A clock that stands until it is moved. */
export function standingClock(): Clock & { advance(ms: number): void } {
  let ms = 0;
  return {
    nowMs: () => 1_800_000_000_000 + ms,
    monotonicMs: () => ms,
    advance(by) {
      ms += by;
    },
  };
}

/** Where log lines end up in tests. */
export function linesOutput(): {
  write(line: string): void;
  readonly lines: string[];
  parsed(): Record<string, unknown>[];
} {
  const lines: string[] = [];
  return {
    lines,
    write: (line) => void lines.push(line),
    parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}
