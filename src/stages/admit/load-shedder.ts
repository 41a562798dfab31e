import { isLower, type Priority, type PriorityRange } from '../../call/priority.ts';
import { type Deny, deny } from '../../decision/verdict.ts';
import type { Clock } from '../../kit/clock.ts';
import { Arrivals } from './arrivals.ts';
import { type Arrived, callerKey } from './caller-key.ts';
import { KnownPriorities } from './known-priorities.ts';
import type { LoopDelay } from './loop-delay.ts';
import { BUSY, FULL, LATE, SheddingGate } from './ramp.ts';

export interface LoadShedderOptions {
  readonly loopDelay: LoopDelay;
  /** Mean event-loop delay, milliseconds, at which nothing is taken any more. */
  readonly maxLoopDelayMs: number;
  /** Share of the process's places that is taken, 0 … 1. */
  readonly fullness: () => number;
  /** Calls in progress at a server and so many more, for each of its connections. */
  readonly businessOf: (server: string, more: number) => number;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** 0 ≤ … < 1. */
  readonly random: () => number;
  /** Never throws. */
  readonly onShed: (priority: Priority | 'unknown') => void;
}

/** What is known of the calls to a server, whoever makes them. */
export interface ServerClasses {
  readonly range: PriorityRange;
  /** Whether its callers show a token that counts. */
  readonly identity: 'token' | 'anonymous';
}

/** How soon callers of a class should come back, milliseconds; up to twice as late, so that they do not come together. */
const RETRY_AFTER_MS: Readonly<Record<Priority, number>> = { interactive: 1000, batch: 2000, speculative: 5000 };

/** Under pressure so many calls a second of callers that nobody knows are let through all the same, to get to know them. */
const INTRODUCTIONS_PER_S = 50;

/**
 * Sheds calls while there is too much to do: speculative ones first, then batch, then interactive, and before any work is done
 * on them.
 *
 * Which class a call is in, rules say, and they are asked when it has been read. Before that it is taken for what its caller's
 * calls were lately, by the credential it shows; a call that turns out to be lower is shed then. Callers that are not known yet
 * count as the lowest class there is on the server, but for a few a second.
 */
export class LoadShedder {
  readonly #options: LoadShedderOptions;
  readonly #known: KnownPriorities;
  readonly #late = new SheddingGate(LATE);
  readonly #full = new SheddingGate(FULL);
  #servers: ReadonlyMap<string, ServedClasses> = new Map();
  readonly #arrivals = new Arrivals();
  #introductions = { left: INTRODUCTIONS_PER_S, atMs: 0 };

  constructor(options: LoadShedderOptions) {
    this.#options = options;
    this.#known = new KnownPriorities(options.clock);
  }

  /** How heavy the load is now: the greater of how late and how full the process is, as shares of what may be. */
  get load(): number {
    return Math.max(this.#lateness(), this.#options.fullness());
  }

  /** Puts the classes of a configuration in force. */
  enforce(servers: Iterable<readonly [server: string, classes: ServerClasses]>): void {
    const before = this.#servers;
    this.#servers = new Map(
      [...servers].map(([name, classes]) => [
        name,
        { ...classes, gate: before.get(name)?.gate ?? new SheddingGate(BUSY) },
      ]),
    );
    this.#known.renew();
  }

  /**
   * Why a call that has just arrived is shed, if it is; else it counts as arrived until it is ruled on or over. Nothing of it is
   * looked at but the credential that it shows.
   */
  arriving(arrived: Arrived): Deny | undefined {
    const shed = this.#judge(arrived);
    if (shed === undefined) this.#arrivals.add(arrived.decisionId, arrived.server);
    return shed;
  }

  /** A call that has arrived is over. */
  over(decisionId: string): void {
    this.#arrivals.delete(decisionId);
  }

  /** Hears the class that rules gave a call. @returns Why it is shed, if it is lower than it was taken for. */
  ruled(arrived: Arrived, priority: Priority): Deny | undefined {
    this.#arrivals.delete(arrived.decisionId);
    const served = this.#servers.get(arrived.server);
    if (served === undefined || served.range.lowest === served.range.highest) return undefined;
    const taken = this.#known.learn(callerKey(arrived, served.identity), priority) ?? served.range.highest;
    if (!isLower(priority, taken)) return undefined;
    return this.#isShed(arrived.server, priority) ? this.#shed(priority, priority) : undefined;
  }

  #judge(arrived: Arrived): Deny | undefined {
    const served = this.#servers.get(arrived.server);
    // Where the lowest class passes, all do: nothing need be known of the caller.
    if (served === undefined || this.#share(arrived.server, served.range.lowest) === 0) return undefined;
    const { range, identity } = served;
    const isSettled = range.lowest === range.highest;
    const known = isSettled ? range.lowest : this.#known.of(callerKey(arrived, identity));
    const priority = known ?? range.lowest;
    if (!this.#isShed(arrived.server, priority)) return undefined;
    if (known === undefined && this.#introduces()) return undefined;
    return this.#shed(priority, known ?? 'unknown');
  }

  #lateness(): number {
    const { loopDelay, maxLoopDelayMs } = this.#options;
    return loopDelay.meanMs() / maxLoopDelayMs;
  }

  #isShed(server: string, priority: Priority): boolean {
    const share = this.#share(server, priority);
    return share > 0 && this.#options.random() < share;
  }

  /** The share of calls of a class that is shed now: by whatever sheds most. */
  #share(server: string, priority: Priority): number {
    const { fullness, businessOf } = this.#options;
    return Math.max(
      this.#late.share(priority, this.#lateness()),
      this.#full.share(priority, fullness()),
      this.#servers.get(server)?.gate.share(priority, businessOf(server, this.#arrivals.of(server))) ?? 0,
    );
  }

  /** A token bucket: nobody can find out the class of callers whose calls never get to the rules. */
  #introduces(): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    const { left, atMs } = this.#introductions;
    const there = Math.min(INTRODUCTIONS_PER_S, left + (Math.max(0, nowMs - atMs) * INTRODUCTIONS_PER_S) / 1000);
    this.#introductions = { left: there < 1 ? there : there - 1, atMs: nowMs };
    return there >= 1;
  }

  #shed(priority: Priority, label: Priority | 'unknown'): Deny {
    this.#options.onShed(label);
    const retryAfterMs = Math.round(RETRY_AFTER_MS[priority] * (1 + this.#options.random()));
    return deny('admit', 'overload.shed', { retryAfterMs }, `${label}, load ${this.load.toFixed(2)}`);
  }
}

interface ServedClasses extends ServerClasses {
  readonly gate: SheddingGate;
}
