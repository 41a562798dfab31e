import { readFile } from 'node:fs/promises';

const MS_PER_TICK = 10;

/** User and system time of a process so far, milliseconds; `NaN` for one that has ended, or where there is no `/proc`. */
export async function cpuMsOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // Behind the name in brackets, which may hold anything: fields 14 and 15 (proc(5)).
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return ((user ?? Number.NaN) + (system ?? Number.NaN)) * MS_PER_TICK;
}
