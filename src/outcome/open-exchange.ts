import type { Received } from '../call/received.ts';
import type { Facts } from '../decision/facts.ts';
import type { Handled } from '../decision/handle.ts';
import type { Recorder } from '../decision/record.ts';

/**
 * An allowed call whose outcome is still to come, by a door that does not carry its bytes. What it keeps of the call is what
 * somebody will need: nothing on `pass`; what its reply is judged by on `judge`, without the body; the body too on `edit`.
 */
export type OpenExchange<F extends Facts = Facts> = ExchangeHolds &
  ({ readonly reply: 'pass' } | ({ readonly reply: 'judge' | 'edit' } & JudgedExchange<F>));

/** What every open exchange has. */
export interface ExchangeHolds extends Pick<Handled, 'release' | 'withdraw'> {
  readonly decisionId: string;
  /** Where its outcome goes: the recorder that heard of its intent. */
  readonly recorder: Pick<Recorder, 'outcome'>;
  /** What it takes up until somebody comes for its reply, who then takes what the call itself needs. */
  readonly awaited?: Disposable | undefined;
}

/** What the reply to a call is judged by. */
export interface JudgedExchange<F extends Facts = Facts> {
  readonly received: Received;
  readonly facts: F;
  /** Aborts when the assembly that allowed it is no longer the current one: its reply is looked at again. */
  readonly superseded: AbortSignal;
}

const NO_BODY = new Uint8Array(0);

/** The same call without its bytes: its reply is judged by what was read in them. */
export function withoutBody<F extends Facts>({ received, facts, superseded }: JudgedExchange<F>): JudgedExchange<F> {
  const call = { ...facts.call, body: NO_BODY, spanOf: () => undefined };
  return { received: { ...received, body: undefined }, facts: { ...facts, call }, superseded };
}

/** Bytes that an exchange keeps of its call, about: what was read in the body is as large as the body. */
export function bytesKept<F extends Facts>(exchange: OpenExchange<F>): number {
  if (exchange.reply === 'pass') return 0;
  const read = exchange.facts.call.body.byteLength;
  return exchange.reply === 'edit' ? 2 * read : read;
}
