import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { CommandIo } from './command-io.ts';

/** Surroundings that keep what a command wrote. */
export function listeningIo(env: CommandIo['env'] = {}): CommandIo & { said(): string; complained(): string } {
  const lines: string[] = [];
  const complaints: string[] = [];
  return {
    env,
    print: (line) => void lines.push(line),
    complain: (line) => void complaints.push(line),
    said: () => lines.join('\n'),
    complained: () => complaints.join('\n'),
  };
}

/** A directory that goes away with the test. */
export function scratchDirectory(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-cli-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
