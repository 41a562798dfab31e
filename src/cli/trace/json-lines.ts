import { open } from 'node:fs/promises';
import { messageOf } from '../../kit/cause.ts';
import { CommandError } from '../command-error.ts';

/** A JSON object of a line; its values may be hostile. */
export type JsonLine = Readonly<Record<string, unknown>>;

/** Longest line that is looked at, characters. */
const MAX_LINE = 4 * 1024 * 1024;

/**
 * The JSON objects in the lines of a file that contain one of `words`. What is no JSON is passed over: a log may have anything.
 *
 * @throws CommandError when the file cannot be read.
 */
export async function* jsonLines(file: string, words: ReadonlySet<string>): AsyncGenerator<JsonLine> {
  try {
    await using opened = await open(file);
    for await (const line of opened.readLines()) {
      const parsed = line.length <= MAX_LINE && mentions(line, words) ? objectIn(line) : undefined;
      if (parsed !== undefined) yield parsed;
    }
  } catch (cause) {
    throw new CommandError(`${file} cannot be read: ${messageOf(cause)}.`);
  }
}

function mentions(line: string, words: ReadonlySet<string>): boolean {
  for (const word of words) if (line.includes(word)) return true;
  return false;
}

function objectIn(line: string): JsonLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
