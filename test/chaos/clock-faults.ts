import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRedis } from '../redis/start-redis.ts';
import type { ChaosFault, Scene } from './fault.ts';
import { storeOf } from './redis-faults.ts';

const SHIM = fileURLToPath(new URL('clock-shim.c', import.meta.url));

/** For `suite(name, { skip: whyNoCompiler() }, …)`: the clock of a real Redis is moved by code that is compiled for it. */
export function whyNoCompiler(): string | false {
  return spawnSync('cc', ['--version']).status === 0 ? false : 'there is no C compiler, cc';
}

const DAY_S = 86_400;

/** A real Redis that takes another time for the time of day from the beginning of the fault to its end. */
function clockStepsBy(seconds: number): () => Promise<Scene> {
  return async () => {
    await using opening = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'clock-'));
    opening.defer(() => rm(folder, { recursive: true, force: true }));
    const [shim, offset] = [join(folder, 'clock.so'), join(folder, 'offset')];
    const { status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-o', shim, SHIM, '-ldl'], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`cc: ${stderr}`);
    await writeFile(offset, secondsAsBytes(0));
    const redis = opening.use(await startRedis({ env: { LD_PRELOAD: shim, CLOCK_OFFSET_FILE: offset } }));
    const opened = opening.move();
    // Written over in place: Redis has this very file mapped.
    const stepTo = (by: number): Promise<void> => writeFile(offset, secondsAsBytes(by), { flag: 'r+' });
    return {
      store: storeOf(`socket: ${redis.socket}`),
      begin: () => stepTo(seconds),
      end: () => stepTo(0),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  };
}

function secondsAsBytes(seconds: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(seconds));
  return bytes;
}

/** What befalls the clock by which limits are counted. */
export const CLOCK_FAULTS: readonly ChaosFault[] = [
  {
    id: 'clock-back',
    what: 'the clock of Redis steps back a day, and forward again',
    open: clockStepsBy(-DAY_S),
    expected: { seen: [/^completed$/] },
  },
  {
    id: 'clock-forward',
    what: 'the clock of Redis steps far ahead, where all limits are full again, and back',
    open: clockStepsBy(100_000 * DAY_S),
    expected: { seen: [/^completed$/], burstsAgain: 1 },
  },
];
