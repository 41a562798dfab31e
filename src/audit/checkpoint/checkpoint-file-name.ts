/** The name of the file that the checkpoints of the log `origin` are kept in, in a directory that several logs share. */
export function checkpointFileName(origin: string): string {
  return `${origin.replaceAll(/[^A-Za-z0-9.-]/g, '_')}.checkpoint`;
}
