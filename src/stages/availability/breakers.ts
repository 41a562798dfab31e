import { isDeepStrictEqual } from 'node:util';
import type { BreakerSettings } from '../../catalogue/breaker-settings.ts';
import type { UpstreamAttempt } from '../../decision/call-traces.ts';
import { BriefMap } from '../../kit/brief-map.ts';
import type { Clock } from '../../kit/clock.ts';
import { type Acquired, Breaker, type BreakerEvent, type BreakerState, type CallResult } from './breaker.ts';
import { HeldPermit } from './held-permit.ts';

/** Whose failures count together: a tool of a server, or what else is asked of it. */
export interface BreakerKey {
  readonly server: string;
  /** Name of a pinned tool; `undefined`: requests that call no tool. */
  readonly tool: string | undefined;
}

/** A server as its breakers need it. */
export interface GuardedServer {
  readonly settings: BreakerSettings | undefined;
  /** Names of its pinned tools. */
  readonly tools: ReadonlySet<string>;
}

export interface BreakersOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Never throws. */
  readonly onEvent: (key: BreakerKey, event: BreakerEvent) => void;
}

interface ServerBreakers {
  readonly settings: BreakerSettings;
  readonly tools: ReadonlySet<string>;
  readonly byTool: Map<string | undefined, Breaker>;
}

/**
 * The breakers of all servers, and which call holds which permit.
 *
 * As many as there are pinned tools at most: a breaker is made when its tool is first called, and goes with its pin. Permits
 * are kept by decision id from the check until the outcome, so whoever learns what became of the call settles it.
 */
export class Breakers {
  readonly #options: BreakersOptions;
  #servers: ReadonlyMap<string, ServerBreakers> = new Map();
  readonly #permits = new BriefMap<string, HeldPermit>();

  constructor(options: BreakersOptions) {
    this.#options = options;
  }

  /** Calls that hold a permit now. */
  get held(): number {
    return this.#permits.size;
  }

  /** Puts a configuration in force. Breakers whose settings and tool are as before stay as they are. */
  enforce(servers: Iterable<readonly [name: string, server: GuardedServer]>): void {
    const next = new Map<string, ServerBreakers>();
    for (const [name, { settings, tools }] of servers) {
      if (settings === undefined) continue;
      const before = this.#servers.get(name);
      const kept = isDeepStrictEqual(before?.settings, settings) ? [...(before?.byTool ?? [])] : [];
      next.set(name, {
        settings,
        tools,
        byTool: new Map(kept.filter(([tool]) => tool === undefined || tools.has(tool))),
      });
    }
    this.#servers = next;
  }

  /** Leave for one call, held under its decision id until it is settled; `undefined` when the server has no breakers. */
  acquire(key: BreakerKey, decisionId: string): Acquired | undefined {
    return this.#acquire(key, decisionId, false);
  }

  /** The same for one more attempt of a call whose attempts ask one by one, and are settled one by one. */
  acquireAgain(key: BreakerKey, decisionId: string): Acquired | undefined {
    return this.#acquire(key, decisionId, true);
  }

  /** Hears of an attempt that another proxy made of a call. One that holds no permit, or no longer, is nothing to them. */
  tried(decisionId: string, attempt: UpstreamAttempt): void {
    this.#permits.get(decisionId)?.tried(attempt, this.#options.clock.monotonicMs());
  }

  /** Hears that a call no longer runs, before anybody says what became of it: it is no probe under way any more. */
  leave(decisionId: string): void {
    this.#permits.get(decisionId)?.leave();
  }

  /**
   * Tells what became of a call. One that holds no permit, or no longer, is nothing to them.
   *
   * @param attempts How often it was sent by whoever sent it; the last of them came to `result`.
   */
  settle(decisionId: string, result: CallResult, attempts = 1): void {
    this.#permits.delete(decisionId)?.settle(result, attempts, this.#options.clock.monotonicMs());
  }

  /** The state of a breaker, also of one that no call has asked yet; `undefined` when there is none. */
  stateOf({ server, tool }: BreakerKey): BreakerState | undefined {
    const guarded = this.#servers.get(server);
    if (guarded === undefined || (tool !== undefined && !guarded.tools.has(tool))) return undefined;
    return guarded.byTool.get(tool)?.state ?? guarded.settings.initially;
  }

  /** Sets the state of a breaker by hand. One that does not exist stays away. */
  set(key: BreakerKey, state: Parameters<Breaker['set']>[0], why: string): void {
    if (this.stateOf(key) !== undefined) this.#breakerOf(key)?.set(state, why);
  }

  /** Every breaker that was made so far. */
  *list(): Iterable<readonly [BreakerKey, Breaker]> {
    for (const [server, { byTool }] of this.#servers) {
      for (const [tool, breaker] of byTool) yield [{ server, tool }, breaker];
    }
  }

  #acquire(key: BreakerKey, decisionId: string, isFollowed: boolean): Acquired | undefined {
    const acquired = this.#breakerOf(key)?.acquire();
    if (acquired?.kind === 'permit') this.#permits.set(decisionId, new HeldPermit(acquired.permit, isFollowed));
    return acquired;
  }

  #breakerOf(key: BreakerKey): Breaker | undefined {
    const server = this.#servers.get(key.server);
    if (server === undefined) return undefined;
    const known = server.byTool.get(key.tool);
    if (known !== undefined) return known;
    const { clock, onEvent } = this.#options;
    const made = new Breaker({ settings: server.settings, clock, onEvent: (event) => onEvent(key, event) });
    server.byTool.set(key.tool, made);
    return made;
  }
}
