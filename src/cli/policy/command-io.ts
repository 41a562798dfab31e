/** Where a command writes, and how it ends. */
export interface CommandIo {
  out(text: string): void;
  error(text: string): void;
  /** 0: right. 1: tests fail, or warnings. 2: the input cannot be used. */
  exit(code: 0 | 1 | 2): void;
}
