import type { ServerResponse } from 'node:http';
import type { OutgoingTrace } from '../../decision/call-traces.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Refusal } from '../../decision/verdict.ts';
import type { BadEnding } from '../reply/bad-ending.ts';
import type { ReplyExchange } from '../reply/reply-exchange.ts';
import type { ProxyServer } from './proxy-assembly.ts';

/** One allowed call on its way to the upstream and back. */
export interface Exchange<F extends Facts = Facts> extends ReplyExchange<F> {
  readonly server: ProxyServer;
  readonly response: ServerResponse;
  /** Ends the upstream request: the client went away, or `ending` says why. */
  readonly stop: AbortController;
  /** Has another server answer instead. @returns Whether one will: then nothing is said yet. Absent: none does. */
  readonly tryElsewhere?: (ending: BadEnding) => boolean;
  /** Why the stream is being ended from here; `undefined` while it is not. */
  readonly ending: () => Refusal | undefined;
  /** What the request to the upstream says of the trace it belongs to; absent where nobody looks at traces. */
  readonly trace?: OutgoingTrace | undefined;
}
