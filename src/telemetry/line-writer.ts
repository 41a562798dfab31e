import { write, writeSync } from 'node:fs';

export interface LineWriterOptions {
  readonly fd: number;
  /** Most bytes that wait for the reader; lines beyond are dropped. */
  readonly maxWaitingBytes: number;
  /** Hears when lines begin to wait for the reader (`true`), and when none does any more (`false`): by turns, never twice alike. */
  readonly onBacklog?: (waits: boolean) => void;
}

/** Writes lines that nobody waits for. */
export interface LineWriter {
  /** Never throws and never waits. */
  write(line: string): void;
  /** For the end of the process: writes what waits, as far as the reader takes it in `withinMs`. */
  flushAtExit(withinMs: number): void;
}

/** When a reader that has no room is tried again, milliseconds. */
const RETRY_MS = 50;

/**
 * Lines for a reader that may be slow, stuck or gone, and must then keep neither calls nor the end of the process.
 *
 * Once nobody reads any more (EPIPE), all lines are dropped. sonic-boom, which pino would use, tries to write at exit until it
 * can: a service whose log collector had died could only be killed.
 */
export function createLineWriter({ fd, maxWaitingBytes, onBacklog = () => {} }: LineWriterOptions): LineWriter {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let underWay: Buffer | undefined;
  let isBroken = false;

  const give = (bytes: Buffer): void => {
    underWay = bytes;
    write(fd, bytes, (error, written) => {
      if (error !== null && !isFull(error)) return giveUp();
      const rest = bytes.subarray(error === null ? written : 0);
      if (error !== null) setTimeout(() => give(rest), RETRY_MS).unref();
      else if (rest.length > 0) give(rest);
      else next();
    });
  };
  const next = (): void => {
    underWay = undefined;
    if (waiting.length > 0) give(takeWaiting());
  };
  const wait = (bytes: Buffer): void => {
    waiting.push(bytes);
    waitingBytes += bytes.length;
    if (waiting.length === 1) onBacklog(true);
  };
  const takeWaiting = (): Buffer => {
    const all = Buffer.concat(waiting);
    if (waiting.length > 0) onBacklog(false);
    waiting = [];
    waitingBytes = 0;
    return all;
  };
  const giveUp = (): void => {
    isBroken = true;
    takeWaiting();
  };
  return {
    write(line) {
      const bytes = Buffer.from(line);
      if (isBroken || waitingBytes + bytes.length > maxWaitingBytes) return;
      if (underWay === undefined) give(bytes);
      else wait(bytes);
    },
    flushAtExit(withinMs) {
      if (!isBroken) writeWithin(fd, takeWaiting(), withinMs);
    },
  };
}

/** Writes as much as is taken in time, and is silent about the rest. */
function writeWithin(fd: number, bytes: Buffer, withinMs: number): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const lastMs = performance.now() + withinMs;
  for (let at = 0; at < bytes.length && performance.now() < lastMs; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if (!isFull(error)) return;
      Atomics.wait(cell, 0, 0, 1);
    }
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EBUSY');
}
