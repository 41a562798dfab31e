/** CPU time that this thread spends on `work`, milliseconds. Unlike time of day, it does not grow on a machine that is busy. */
export function cpuMsOf(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
