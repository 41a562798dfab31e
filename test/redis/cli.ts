import { spawnSync } from 'node:child_process';
import { REDIS_CLI, redisEnvironment } from './redis-part.ts';

/** While it is asked, nothing else happens here, and no limit of a test ends it. */
const LONGEST_MS = 60_000;

/** What `redis-cli` says to these words. @throws when it fails, with what it said. */
export function cli(words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(REDIS_CLI, words, {
    encoding: 'utf8',
    env: redisEnvironment(),
    timeout: LONGEST_MS,
  });
  if (status !== 0) throw new Error(`redis-cli ${words.join(' ')}:\n${stdout}${stderr}`);
  return stdout;
}
