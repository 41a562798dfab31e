/** Where a command writes, how it ends, and what time it is. */
export interface CommandIo {
  out(text: string): void;
  error(text: string): void;
  /** 0: right. 1: tests fail, or warnings. 2: the input cannot be used. */
  exit(code: 0 | 1 | 2): void;
  /** Wall clock, milliseconds since the epoch. */
  nowMs(): number;
}
