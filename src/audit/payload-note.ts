import type { Facts } from '../decision/facts.ts';
import type { Outcome } from '../decision/record.ts';

/** What the record says of arguments or a reply that are kept elsewhere. */
export interface PayloadNote {
  /** Length of what is kept; of a reply, with what separates its messages. */
  readonly bytes: number;
  /**
   * SHA-256 in hex over 32 random bytes, which are kept with the payload, and the payload. Who has not got those learns nothing of the
   * payload, however few it could be. Absent when nothing is kept.
   */
  readonly commitment?: string;
  /**
   * `whole`; `too_long`: the random bytes only; `no`: there was no room, or it failed; `unseen`: the door did not judge the reply.
   * The first two were handed over: what could not be written afterwards stands in a gap there.
   */
  readonly kept: 'whole' | 'too_long' | 'no' | 'unseen';
}

/** Keeps payloads, and says what the record is to say of them. */
export interface PayloadNotes {
  /** Of the arguments of a call that is about to be forwarded; `undefined` for one of which nothing is kept. Never throws. */
  argumentsOf(facts: Facts): PayloadNote | undefined;
  /** Of the reply to a call that is over; `undefined` for one of which nothing is kept. Never throws. */
  replyOf(outcome: Outcome): PayloadNote | undefined;
}
