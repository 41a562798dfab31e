import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * CPU time of a process, all its threads that still run, user and system, microseconds. Linux: the scheduler counts in
 * nanoseconds (`schedstat`), where `stat` has ticks of ten milliseconds.
 */
export async function cpuMicros(pid: number): Promise<number> {
  const folder = `/proc/${pid}/task`;
  const times = (await readdir(folder)).map(async (thread) => {
    const [nanoseconds = ''] = (await readFile(`${folder}/${thread}/schedstat`, 'utf8')).split(' ');
    return Number(nanoseconds) / 1000;
  });
  return (await Promise.all(times)).reduce((sum, time) => sum + time, 0);
}

const QUIET_MICROS = 300;
const LOOK_MS = 25;
const MOST_LOOKS = 80;

/**
 * CPU time once the process has nothing left to do: records are written and outcomes read after the last answer, and belong to
 * the calls all the same.
 */
export async function cpuMicrosAtRest(pid: number): Promise<number> {
  let before = await cpuMicros(pid);
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    await pause(LOOK_MS);
    const now = await cpuMicros(pid);
    if (now - before < QUIET_MICROS) return now;
    before = now;
  }
  throw new Error(`process ${pid} does not come to rest`);
}

/** Resident memory as the kernel counts it, bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
