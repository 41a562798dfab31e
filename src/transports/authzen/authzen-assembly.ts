import type { Call } from '../../call/call.ts';
import type { Received } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import type { PureStages } from '../../decision/stages.ts';
import type { Found } from '../../decision/verdict.ts';
import type { ProtectedResource } from '../refusal/protected-resource.ts';

/** Everything that this door needs and a reload may change. It has no check that takes, consumes or records anything. */
export interface AuthzenAssembly<F extends Facts = Facts> {
  readonly stages: PureStages<F>;
  /** Longest time until all that one request asks is answered, milliseconds. */
  readonly deadlineMs: number;
  /** The servers that may be asked about, by name. */
  readonly servers: ReadonlyMap<string, AskedServer>;
  /** Takes the place of a request while it is answered. */
  reserve(received: Received): Found<Disposable>;
  /** Who asks, as the server asked about would know it. */
  authenticate(asked: Pick<Received, 'server' | 'headers' | 'peer'>): Promise<Found<F['identity']>>;
  /** Reads a message as the server asked about would get it in the legacy form, whichever forms it speaks. */
  read(received: Received): Promise<Found<Call>>;
}

/** What is told of a server to who may not ask about it. */
export interface AskedServer {
  readonly resource: ProtectedResource | undefined;
}
