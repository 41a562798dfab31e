import type { CallTraces } from '../../decision/call-traces.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Stages } from '../../decision/stages.ts';
import type { RefusingServer } from '../refusal/write-refusal.ts';
import type { SessionBinding } from '../reply/session-binding.ts';
import type { EntryAssembly } from '../request/entry-assembly.ts';
import type { RoutedServer } from '../request/place-request.ts';

/** Everything that this door needs and a reload may change. It asks for the current one at each question. */
export interface ForwardAuthAssembly<F extends Facts = Facts> extends EntryAssembly {
  /** With refusals of what this door cannot carry. */
  readonly stages: Stages<F>;
  /** Aborts when another assembly has become the current one. */
  readonly superseded: AbortSignal;
  /** The servers of this listener, by name. */
  readonly servers: ReadonlyMap<string, ForwardAuthServer>;
  readonly sessions: Pick<SessionBinding<F>, 'end'>;
  /** The traces of its calls; absent where nobody looks at traces. */
  readonly traces?: CallTraces | undefined;
}

/** One MCP server as another proxy serves it. Where it is, is that proxy's to know. */
export interface ForwardAuthServer extends RoutedServer, RefusingServer {
  /** Name in the catalogue. */
  readonly name: string;
  /** Whether its callers need a token. */
  readonly identity: 'token' | 'anonymous';
  /** Request header fields, lower case, that pass beside those of the protocol. */
  readonly forwardHeaders: ReadonlySet<string>;
  /** Largest request body, bytes. */
  readonly maxBodyBytes: number;
}
