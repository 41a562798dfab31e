import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** What `work` gives, if it does so within `ms` milliseconds. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = sleep(ms, undefined, { ref: false }).then(() => assert.fail(`took more than ${ms} ms`));
  return await Promise.race([work, late]);
}
