import { randomFillSync } from 'node:crypto';

/** Where ids of traces and spans come from. */
export interface IdSource {
  /** 32 hexadecimal digits, not all zero. */
  traceId(): string;
  /** 16 hexadecimal digits, not all zero. */
  spanId(): string;
  /** A number from 0, and less than 1. */
  share(): number;
}

const POOL_BYTES = 4096;
const TRACE_BYTES = 16;
const SPAN_BYTES = 8;

/** Random ids. Random bytes are drawn many at a time: a system call for each id would cost more than all else. */
export function createIdSource(): IdSource {
  const pool = Buffer.alloc(POOL_BYTES);
  let at = POOL_BYTES;
  const take = (bytes: number): number => {
    if (at + bytes > POOL_BYTES) {
      randomFillSync(pool);
      at = 0;
    }
    at += bytes;
    return at - bytes;
  };
  const hex = (bytes: number): string => {
    const start = take(bytes);
    // The last bit keeps it from being all zero.
    pool[start + bytes - 1] = (pool[start + bytes - 1] ?? 0) | 1;
    return pool.toString('hex', start, start + bytes);
  };
  return {
    traceId: () => hex(TRACE_BYTES),
    spanId: () => hex(SPAN_BYTES),
    share: () => pool.readUInt32LE(take(4)) / 2 ** 32,
  };
}
