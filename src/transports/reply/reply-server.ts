import type { RefusingServer } from '../refusal/write-refusal.ts';

/** What judging and watching replies takes of a server. */
export interface ReplyServer extends RefusingServer {
  /** Name in the catalogue. */
  readonly name: string;
  /** Largest JSON reply and largest single event, bytes. */
  readonly maxReplyBytes: number;
  /** Longest time a call's own reply stream may run, milliseconds. */
  readonly streamMaxAgeMs: number;
  /** Calls that one identified caller may have in progress at once. */
  readonly maxCallsPerPrincipal: number;
}
