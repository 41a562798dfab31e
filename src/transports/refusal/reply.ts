import type { HeaderList } from '../../call/received.ts';

/** The answer to one exchange, ready to be written. */
export interface Reply {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
  /** Whether the connection must not be used again. */
  readonly close?: boolean;
}
