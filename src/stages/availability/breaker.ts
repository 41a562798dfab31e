import type { Clock } from '../../kit/clock.ts';
import type { BreakerSettings } from '../../catalogue/breaker-settings.ts';
import type { CallWindow, Tally } from './call-window.ts';
import { CountWindow } from './count-window.ts';
import { rateExceeded } from './rate-exceeded.ts';
import { TimeWindow } from './time-window.ts';

/** `closed`, `open` and `half_open` follow each other by what calls come to; the others are set by an operator. */
export type BreakerState = 'closed' | 'open' | 'half_open' | 'metrics_only' | 'forced_open' | 'disabled';

/** What a call came to. `ignored` says nothing of the upstream: the caller went away, the call was never sent. */
export type CallResult =
  | { readonly kind: 'success' }
  /** `retryAfterMs`: the upstream itself said how long not to ask it. */
  | { readonly kind: 'failure'; readonly retryAfterMs?: number }
  | { readonly kind: 'ignored' };

/** Leave to make one call. It is settled once; further words about it change nothing. */
export interface BreakerPermit {
  /** @param tookMs How long the call took. Left out: since leave was given. */
  settle(result: CallResult, tookMs?: number): void;
  /** An attempt that somebody made by this leave came to that, and is not its last: it counts beside it. */
  attempted(result: CallResult, tookMs: number): void;
  /** The call no longer runs: another one may be tried in its place. What it came to still counts, when somebody tells it. */
  leave(): void;
}

export type Acquired =
  | { readonly kind: 'permit'; readonly permit: BreakerPermit }
  /** `retryAfterMs` is absent while only an operator can change it. */
  | { readonly kind: 'refused'; readonly state: BreakerState; readonly retryAfterMs?: number };

/** A change of state, or that a breaker which only counts would have opened. */
export interface BreakerEvent {
  readonly kind: 'changed' | 'would-open';
  readonly from: BreakerState;
  readonly to: BreakerState;
  readonly why: string;
}

export interface BreakerOptions {
  readonly settings: BreakerSettings;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Never throws. */
  readonly onEvent: (event: BreakerEvent) => void;
}

interface Probe {
  /** When it counts as failed although nobody reported it. */
  readonly untilMs: number;
  readonly settle: (result: CallResult, tookMs?: number) => void;
}

/** One state with all that belongs to it: leaving it forgets that. */
type Phase =
  | { readonly state: 'closed'; readonly window: CallWindow }
  | { readonly state: 'metrics_only'; readonly window: CallWindow; told: boolean }
  /** The window of the phase that opened it: calls that were under way then still count there. */
  | { readonly state: 'open'; readonly window: CallWindow; readonly untilMs: number; readonly attempts: number }
  | {
      readonly state: 'half_open';
      readonly window: CallWindow;
      readonly untilMs: number;
      readonly attempts: number;
      readonly probes: Set<Probe>;
    }
  | { readonly state: 'forced_open' }
  | { readonly state: 'disabled' };

/** Callers that are refused because all probes are under way should come back after so many milliseconds. */
const PROBING_RETRY_MS = 1000;

/**
 * A circuit breaker with the states and rules of Resilience4j, and permits that belong to the phase in which they were given:
 * a call of an earlier phase never changes the state, a probe that nobody reports counts as failed, and no phase but those an
 * operator sets lasts for ever.
 *
 * Synchronous, and without a timer: it moves when it is asked.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  #phase: Phase;
  /** Counts phases: a permit knows its own. */
  #generation = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#phase = this.#begin(options.settings.initially);
  }

  /** The state now. */
  get state(): BreakerState {
    this.#moveOn();
    return this.#phase.state;
  }

  /** What the window of the present state holds. */
  get tally(): Tally {
    this.#moveOn();
    return 'window' in this.#phase ? this.#phase.window.tally(this.#nowMs()) : { calls: 0, failed: 0, slow: 0 };
  }

  /** Whether a call would be let through now, and when to come back if not. Takes nothing. */
  peek(): Acquired['kind'] {
    this.#moveOn();
    const { state } = this.#phase;
    if (state === 'open') return this.#isOver(this.#phase.untilMs) ? 'permit' : 'refused';
    if (state === 'half_open') return this.#hasProbeLeft(this.#phase) ? 'permit' : 'refused';
    return state === 'forced_open' ? 'refused' : 'permit';
  }

  /** Leave for one call, to be settled by whoever learns what became of it. */
  acquire(): Acquired {
    this.#moveOn();
    const phase = this.#phase;
    if (phase.state === 'open') {
      if (!this.#isOver(phase.untilMs)) return this.#refuse(phase.untilMs - this.#nowMs());
      this.#change(this.#halfOpen(phase.attempts), 'the wait is over');
      return this.acquire();
    }
    if (phase.state === 'forced_open') return { kind: 'refused', state: 'forced_open' };
    if (phase.state === 'half_open' && !this.#hasProbeLeft(phase)) return this.#refuse(PROBING_RETRY_MS);
    return { kind: 'permit', permit: this.#permit() };
  }

  /** Sets the state by hand. `closed` begins anew with an empty window. */
  set(state: 'closed' | 'metrics_only' | 'forced_open' | 'disabled', why: string): void {
    this.#change(this.#begin(state), why);
  }

  #permit(): BreakerPermit {
    const generation = this.#generation;
    const startedMs = this.#nowMs();
    let settled = false;
    const probe: Probe = {
      untilMs: startedMs + this.#options.settings.probeTimeoutMs,
      settle: (result, tookMs = this.#nowMs() - startedMs) => {
        if (settled) return;
        settled = true;
        if (this.#phase.state === 'half_open') this.#phase.probes.delete(probe);
        if (result.kind !== 'ignored') this.#settle(result, generation, tookMs);
      },
    };
    if (this.#phase.state === 'half_open') this.#phase.probes.add(probe);
    return {
      settle: (result, tookMs) => probe.settle(result, tookMs),
      leave: () => {
        if (this.#phase.state === 'half_open') this.#phase.probes.delete(probe);
      },
      attempted: (result, tookMs) => {
        if (!settled && result.kind !== 'ignored') this.#settle(result, generation, tookMs);
      },
    };
  }

  #settle(result: Exclude<CallResult, { kind: 'ignored' }>, generation: number, durationMs: number): void {
    const { slowCallMs, maxWaitMs } = this.#options.settings;
    const mark = { failed: result.kind === 'failure', slow: durationMs > slowCallMs };
    const phase = this.#phase;
    const isLate = generation !== this.#generation;
    if (!('window' in phase)) return;
    // The window of an open breaker is that of the phase before.
    if (isLate && !(phase.state === 'open' && generation === this.#generation - 1)) return;
    phase.window.record(mark, this.#nowMs());
    if (isLate) return;
    const retryAfterMs = result.kind === 'failure' ? result.retryAfterMs : undefined;
    if (retryAfterMs === undefined || retryAfterMs <= 0 || phase.state === 'metrics_only') return this.#judge();
    this.#open(Math.min(retryAfterMs, maxWaitMs), 'the upstream asked for a pause');
  }

  /** Changes the state if the rates of the present one say so. */
  #judge(): void {
    const phase = this.#phase;
    if (phase.state !== 'closed' && phase.state !== 'half_open' && phase.state !== 'metrics_only') return;
    const { settings } = this.#options;
    const minimum = phase.state === 'half_open' ? settings.halfOpenCalls : minimumOf(settings);
    const tally = phase.window.tally(this.#nowMs());
    if (tally.calls < minimum) return;
    const exceeded = rateExceeded(tally, settings);
    if (phase.state === 'metrics_only') return this.#tellOnce(phase, exceeded);
    if (exceeded !== undefined) this.#open(this.#waitMs(), exceeded);
    else if (phase.state === 'half_open') this.#change(this.#begin('closed'), 'the probes came back well');
  }

  #tellOnce(phase: Extract<Phase, { state: 'metrics_only' }>, exceeded: string | undefined): void {
    if (exceeded === undefined || phase.told) return;
    phase.told = true;
    this.#options.onEvent({ kind: 'would-open', from: 'metrics_only', to: 'open', why: exceeded });
  }

  /** Lets time do what it does: probes that nobody reported, a half-open phase that takes too long. */
  #moveOn(): void {
    const phase = this.#phase;
    if (phase.state !== 'half_open') return;
    for (const probe of phase.probes) if (probe.untilMs <= this.#nowMs()) probe.settle({ kind: 'failure' });
    if (this.#phase === phase && phase.untilMs <= this.#nowMs())
      this.#open(this.#waitMs(), 'too few probes came back in time');
  }

  #open(waitMs: number, why: string): void {
    const phase = this.#phase;
    if (phase.state !== 'closed' && phase.state !== 'half_open') return;
    const attempts = phase.state === 'half_open' ? phase.attempts + 1 : 1;
    this.#change({ state: 'open', window: phase.window, untilMs: this.#nowMs() + waitMs, attempts }, why);
  }

  /** Twice as long with each attempt that failed. */
  #waitMs(): number {
    const { waitMs, maxWaitMs } = this.#options.settings;
    const failed = this.#phase.state === 'half_open' ? this.#phase.attempts : 0;
    return Math.min(maxWaitMs, waitMs * 2 ** failed);
  }

  #halfOpen(attempts: number): Phase {
    const { halfOpenCalls, maxHalfOpenMs } = this.#options.settings;
    const untilMs = this.#nowMs() + maxHalfOpenMs;
    return { state: 'half_open', window: new CountWindow(halfOpenCalls), untilMs, attempts, probes: new Set() };
  }

  #begin(state: 'closed' | 'metrics_only' | 'forced_open' | 'disabled'): Phase {
    if (state === 'forced_open' || state === 'disabled') return { state };
    const { window } = this.#options.settings;
    const empty =
      window.kind === 'count' ? new CountWindow(window.calls) : new TimeWindow(window.seconds, this.#nowMs());
    return state === 'closed' ? { state, window: empty } : { state, window: empty, told: false };
  }

  #change(next: Phase, why: string): void {
    const from = this.#phase.state;
    this.#phase = next;
    this.#generation += 1;
    if (from !== next.state) this.#options.onEvent({ kind: 'changed', from, to: next.state, why });
  }

  #hasProbeLeft({ probes, window }: Extract<Phase, { state: 'half_open' }>): boolean {
    return probes.size + window.tally(this.#nowMs()).calls < this.#options.settings.halfOpenCalls;
  }

  /** Strictly after: at the end of the wait itself it is still open. */
  #isOver(untilMs: number): boolean {
    return this.#nowMs() > untilMs;
  }

  #refuse(afterMs: number): Acquired {
    return { kind: 'refused', state: this.#phase.state, retryAfterMs: Math.max(1, Math.floor(afterMs) + 1) };
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

/** A window of calls can never hold more than its size. */
function minimumOf({ window, minimumCalls }: BreakerSettings): number {
  return window.kind === 'count' ? Math.min(minimumCalls, window.calls) : minimumCalls;
}
