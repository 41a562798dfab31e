import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { codeOf } from '../kit/cause.ts';

export interface LineFileOptions {
  /** The lines that count now, at most `capacity`. */
  readonly current: () => Iterable<string>;
  readonly capacity: number;
  /** Hears when the file cannot be written. */
  readonly onError: (error: unknown) => void;
}

/** A file of mode 0600 with one line for each thing that must outlive the process. */
export interface LineFile {
  /** Writes lines behind the others. Never throws. */
  add(lines: readonly string[]): void;
}

/** The last `capacity` lines of the file at `path`; none when there is no file. @throws what reading it throws. */
export function readLines(path: string, capacity: number): readonly string[] {
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    return lines.filter((line) => line !== '').slice(-capacity);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Opens the file at `path` for more lines. It is rewritten with those that count now, and again each time it has grown by
 * `capacity` lines.
 *
 * @throws when it cannot be written at all.
 */
export function openLineFile(path: string, { current, capacity, onError }: LineFileOptions): LineFile {
  rewrite(path, current());
  let grown = 0;
  return {
    add(lines) {
      try {
        grown += lines.length;
        if (grown < capacity) return appendFileSync(path, printed(lines), { mode: 0o600 });
        rewrite(path, current());
        grown = 0;
      } catch (error) {
        onError(error);
      }
    },
  };
}

function rewrite(path: string, lines: Iterable<string>): void {
  writeFileSync(`${path}.next`, printed(lines), { mode: 0o600 });
  renameSync(`${path}.next`, path);
}

function printed(lines: Iterable<string>): string {
  let text = '';
  for (const line of lines) text += `${line}\n`;
  return text;
}
