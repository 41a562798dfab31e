import type { Readable } from 'node:stream';
import type { HeaderList } from '../../call/received.ts';

/** A reply whose head may pass. */
export interface PassingReply {
  /** The upstream's. */
  readonly status: number;
  /** Those that the client gets. */
  readonly headers: HeaderList;
  /** Not judged yet. */
  readonly body: Readable;
}
