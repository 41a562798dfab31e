import { median } from '../measure.ts';
import { round } from '../result.ts';
import type { Latencies } from './envoy-load-process.ts';
import type { EnvoyTarget, TargetName } from './envoy-targets.ts';

/** What was found of one target. */
export interface EnvoyRow {
  readonly target: TargetName;
  /** Closed loop: microseconds of CPU time a call, medians and least. */
  readonly envoyCpu: number;
  readonly serviceCpu: number;
  readonly cpu: number;
  readonly leastCpu: number;
  /** One call after the other, milliseconds: the shortest of all, and the median over the rounds of the medians. */
  readonly serialLeast: number;
  readonly serialP50: number;
  /** Calls of the closed loop that got no verdict. */
  readonly failed: number;
  /** By calls a second; medians over the rounds. */
  readonly open: readonly OpenRow[];
}

export interface OpenRow {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Part of the calls that got no verdict. */
  readonly failed: number;
  /** Microseconds of CPU time a call, Envoy and service. */
  readonly cpu: number;
}

/** What was seen of one target, round by round. */
export interface Samples {
  readonly target: EnvoyTarget;
  readonly envoy: number[];
  readonly service: number[];
  readonly serial: Latencies[];
  failed: number;
  readonly open: Map<number, { readonly latencies: Latencies; readonly cpu: number }[]>;
}

/** The medians of it. */
export function rowOf({ target, envoy, service, serial, failed, open }: Samples): EnvoyRow {
  const both = envoy.map((time, index) => time + (service[index] ?? 0));
  return {
    target: target.name,
    envoyCpu: round(median(envoy)),
    serviceCpu: round(median(service)),
    cpu: round(median(both)),
    leastCpu: round(Math.min(...both)),
    serialLeast: round(Math.min(...serial.map(({ least }) => least)), 3),
    serialP50: round(median(serial.map(({ p50 }) => p50)), 3),
    failed,
    open: [...open].map(([perSecond, rounds]) => ({
      perSecond,
      p50: round(median(rounds.map(({ latencies }) => latencies.p50)), 2),
      p99: round(median(rounds.map(({ latencies }) => latencies.p99)), 2),
      failed: round(median(rounds.map(({ latencies }) => latencies.failed / latencies.calls)), 4),
      cpu: round(median(rounds.map(({ cpu }) => cpu))),
    })),
  };
}
