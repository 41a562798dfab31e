import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a machine that is short of time may add to everything: what takes longer than that does not come at all. */
const ROOM_MS = 15_000;

/** What `work` gives, if it does so within `ms` milliseconds and what a slow machine adds. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const mostMs = ms + ROOM_MS;
  const late = sleep(mostMs, undefined, { ref: false }).then(() => assert.fail(`took more than ${mostMs} ms`));
  return await Promise.race([work, late]);
}
