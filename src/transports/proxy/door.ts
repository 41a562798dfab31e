import type { Facts } from '../../decision/facts.ts';
import type { Places } from '../reply/places.ts';
import type { HttpDoor } from '../http/http-door.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { Passthrough } from './passthrough.ts';
import type { ProxyAssembly } from './proxy-assembly.ts';
import type { RefusalPace } from './refusal-pace.ts';
import type { ResolveHost } from './resolve-host.ts';
import type { Upstreams } from './upstreams.ts';

/** What every request of one listener shares. */
export interface Door<F extends Facts = Facts> extends HttpDoor<ProxyAssembly<F>> {
  readonly upstreams: Upstreams;
  readonly passthrough: Passthrough;
  /** What host names of passthrough routes stand for. */
  readonly resolve: ResolveHost;
  readonly memory: MemoryBudget;
  /** From 0 up to, and not including, 1: pauses between attempts are random. */
  readonly random: () => number;
  /** What each caller has open or in progress. */
  readonly places: Places;
  /** Open-ended streams that one caller may have at once. */
  readonly maxStreamsPerPrincipal: number;
  /** When callers hear that they are refused for overload. */
  readonly pace: RefusalPace;
  /** Aborts when it can wait no longer. */
  readonly stopping: AbortSignal;
  /** The port it listens on; `undefined` on a Unix socket. */
  readonly port: () => number | undefined;
}
