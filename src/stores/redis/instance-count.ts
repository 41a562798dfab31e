import type { ScriptClient } from './script.ts';

/**
 * Writes down that an instance lives and answers how many do. KEYS: the set of instances. ARGV: name of this one, milliseconds
 * after which one that was not heard of is gone.
 */
const COUNT_SCRIPT = `
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - tonumber(ARGV[2])))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
`;

export interface InstanceCountOptions {
  readonly client: Pick<ScriptClient, 'eval'>;
  readonly prefix: string;
  /** Names this instance among all. */
  readonly name: string;
  /** Milliseconds after which an instance that was not heard of is gone. */
  readonly goneAfterMs: number;
}

/** Says in Redis that this instance lives, and answers how many do. It writes, so it fails where takes would. */
export async function countInstances({ client, prefix, name, goneAfterMs }: InstanceCountOptions): Promise<number> {
  const count = await client.eval(COUNT_SCRIPT, 1, `${prefix}:{instances}`, name, String(goneAfterMs));
  if (typeof count !== 'number' || count < 1) throw new TypeError('Redis gave an answer that is no count');
  return count;
}
