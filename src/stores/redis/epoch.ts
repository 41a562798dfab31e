import { setTimeout as pause } from 'node:timers/promises';
import { clusterSlotOf, tagOfEachSlot } from './cluster-slot.ts';
import { Script, type ScriptClient } from './script.ts';

/**
 * Where the epochs of a store lie: keys that are made once, by `sallyport store init`, and tell that nothing that was counted
 * behind them has been lost. One stands beside everything that Redis can lose as a whole: a Redis has one, a Cluster one in each
 * slot.
 */
export interface EpochKeys {
  /** The key that lies where keys with this hash tag do. */
  beside(hashTag: string): string;
  all(): readonly string[];
}

/** The epochs of a store whose keys begin with `prefix`. */
export function epochKeys(prefix: string, isCluster: boolean): EpochKeys {
  const named = (tag: string): string => `${prefix}:{${tag}}:epoch`;
  if (!isCluster) return { beside: () => named('epoch'), all: () => [named('epoch')] };
  let tags: readonly string[] | undefined;
  const tagsOnce = (): readonly string[] => (tags ??= tagOfEachSlot());
  return {
    beside: (hashTag) => named(tagsOnce()[clusterSlotOf(hashTag)] ?? ''),
    all: () => tagsOnce().map(named),
  };
}

/** Makes an epoch that begins now, or leaves the one that is there. Answers 1 when it was made. KEYS: the epoch. */
const BEGIN_SCRIPT = new Script(`
local t = redis.call('TIME')
local now = string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000))
return redis.call('SET', KEYS[1], now, 'NX') and 1 or 0
`);

/** A node of a Cluster to which nobody has spoken yet cannot be asked at once. */
const TRIES = 20;
const PAUSE_MS = 100;

async function begin(client: ScriptClient, key: string): Promise<unknown> {
  for (let tries = 1; tries < TRIES; tries += 1) {
    const answer = await BEGIN_SCRIPT.run(client, [key], []).catch(() => undefined);
    if (answer !== undefined) return answer;
    await pause(PAUSE_MS);
  }
  return await BEGIN_SCRIPT.run(client, [key], []);
}

/** Epochs that are asked for at once. */
const AT_ONCE = 256;

/**
 * Makes the epochs that are not there. @returns how many were made, of how many.
 *
 * @throws what Redis said when it cannot be asked.
 */
export async function beginEpochs(
  client: ScriptClient,
  keys: EpochKeys,
): Promise<{ readonly made: number; readonly of: number }> {
  const all = keys.all();
  let made = 0;
  for (let at = 0; at < all.length; at += AT_ONCE) {
    const answers = await Promise.all(all.slice(at, at + AT_ONCE).map((key) => begin(client, key)));
    made += answers.filter((answer) => answer === 1).length;
  }
  return { made, of: all.length };
}
