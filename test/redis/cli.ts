import { spawnSync } from 'node:child_process';
import { REDIS_CLI, redisEnvironment } from './redis-part.ts';

/** What `redis-cli` says to these words. @throws when it fails, with what it said. */
export function cli(words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(REDIS_CLI, words, { encoding: 'utf8', env: redisEnvironment() });
  if (status !== 0) throw new Error(`redis-cli ${words.join(' ')}:\n${stdout}${stderr}`);
  return stdout;
}
