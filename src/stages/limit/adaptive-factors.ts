import { isDeepStrictEqual } from 'node:util';
import type { AdaptiveSettings } from '../../catalogue/adaptive-settings.ts';
import type { Outcome } from '../../decision/record.ts';
import type { Clock } from '../../kit/clock.ts';
import { AdaptiveFactor } from './adaptive-factor.ts';
import type { LimitSpec, LimitTier } from './limit-store.ts';
import { signOf } from './sign-of.ts';

export interface AdaptiveFactorsOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Whether this process is too late itself to judge anybody, and should take on less. */
  readonly isLate: () => boolean;
}

interface ServerFactor {
  readonly settings: AdaptiveSettings;
  readonly factor: AdaptiveFactor;
  /** Tiers as they were last scaled: stores tell changed limits from the same ones by identity. */
  readonly scaled: WeakMap<readonly LimitTier[], Scaled>;
}

interface Scaled {
  readonly by: number;
  readonly tiers: readonly LimitTier[];
}

/**
 * The factors of the servers whose limits are adaptive, moved by what becomes of their calls. Each instance has its own: what is
 * shared are the buckets, not the rate at which this instance asks for them.
 */
export class AdaptiveFactors {
  readonly #options: AdaptiveFactorsOptions;
  #settings: ReadonlyMap<string, AdaptiveSettings> = new Map();
  /** Only of servers that an adaptive limit was asked for. */
  readonly #servers = new Map<string, ServerFactor>();
  /** The server of each call that was let through and has not ended. */
  readonly #calls = new Map<string, string>();

  constructor(options: AdaptiveFactorsOptions) {
    this.#options = options;
  }

  /** Puts a configuration in force. A factor whose settings are as before stays. */
  enforce(servers: Iterable<readonly [name: string, settings: AdaptiveSettings]>): void {
    this.#settings = new Map(servers);
    for (const [name, { settings }] of this.#servers) {
      if (!isDeepStrictEqual(settings, this.#settings.get(name))) this.#servers.delete(name);
    }
  }

  /** The limit at the rate that counts now: whole tokens, rounded down, at least one a period. */
  scaled(limit: LimitSpec): LimitSpec {
    const server = limit.adaptsTo === undefined ? undefined : this.#serverOf(limit.adaptsTo);
    if (server === undefined) return limit;
    const by = this.#factorOf(server);
    if (by === 1) return limit;
    const known = server.scaled.get(limit.tiers);
    if (known?.by === by) return { ...limit, tiers: known.tiers };
    const tiers = limit.tiers.map((tier) => ({ ...tier, refill: Math.max(1, Math.floor(tier.refill * by)) }));
    server.scaled.set(limit.tiers, { by, tiers });
    return { ...limit, tiers };
  }

  /** Hears that a call goes to its server. */
  began(decisionId: string, server: string): void {
    if (this.#servers.has(server)) this.#calls.set(decisionId, server);
  }

  /** Hears what came of an attempt that is not to be the last of its call. */
  attempted(outcome: Outcome): void {
    this.#hear(this.#calls.get(outcome.decisionId), outcome);
  }

  /** Hears what became of a call. One that it did not hear of before is nothing to it. */
  ended(outcome: Outcome): void {
    const { decisionId, standIn } = outcome;
    const name = this.#calls.get(decisionId);
    this.#calls.delete(decisionId);
    // Of its own server the attempts have told; how long the other one took nobody knows here.
    if (standIn?.server === undefined) this.#hear(name, outcome);
    else this.#hear(standIn.server, { ...outcome, durationMs: 0 });
  }

  /** The factor of each server that has one. */
  *list(): Iterable<readonly [server: string, factor: number]> {
    for (const [name, server] of this.#servers) yield [name, this.#factorOf(server)];
  }

  #hear(name: string | undefined, outcome: Outcome): void {
    const server = name === undefined ? undefined : this.#servers.get(name);
    const sign = server === undefined ? undefined : signOf(outcome, server.settings.slowCallMs);
    if (sign !== undefined) server?.factor.hear(sign, this.#nowMs());
  }

  #factorOf({ factor }: ServerFactor): number {
    const nowMs = this.#nowMs();
    if (this.#options.isLate()) factor.halve(nowMs);
    return factor.at(nowMs);
  }

  #serverOf(name: string): ServerFactor | undefined {
    const known = this.#servers.get(name);
    if (known !== undefined) return known;
    const settings = this.#settings.get(name);
    if (settings === undefined) return undefined;
    const factor = new AdaptiveFactor(settings, this.#nowMs());
    const made: ServerFactor = { settings, factor, scaled: new WeakMap() };
    this.#servers.set(name, made);
    return made;
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}
