import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Redis as `scripts/install-parts.mjs` left it. */
const PART = fileURLToPath(new URL('../../.parts/redis', import.meta.url));

export const REDIS_SERVER = join(PART, 'usr/bin/redis-server');
export const REDIS_CLI = join(PART, 'usr/bin/redis-cli');

/** The environment that Redis runs in: it finds its libraries there. */
export function redisEnvironment(): NodeJS.ProcessEnv {
  const libraries = join(PART, 'usr/lib');
  return {
    LD_LIBRARY_PATH: readdirSync(libraries)
      .map((one) => join(libraries, one))
      .join(':'),
  };
}

/**
 * For `suite(name, { skip: whyNoRedis() }, …)`: `false` when Redis is there, else the reason. Where `CI=true` the part is
 * obligatory, so nothing is skipped and the test fails.
 */
export function whyNoRedis(): string | false {
  if (process.env['CI'] === 'true' || existsSync(REDIS_SERVER)) return false;
  return 'Redis is not in .parts/redis: node scripts/install-parts.mjs';
}
