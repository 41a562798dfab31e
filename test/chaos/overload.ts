import { setTimeout as pause } from 'node:timers/promises';
import { startLoadUpstream } from '../envoy/load/load-upstream.ts';
import { type Claim, megabytes } from '../soak/claim.ts';
import { Answers, type ChaosAnswer, saying } from './answers.ts';
import { openCallers, rest } from './calling.ts';
import type { Scene } from './fault.ts';
import { openStage } from './stage.ts';
import { TRIAL_FORMS } from './trial-form.ts';

export interface OverloadOptions {
  /** Calls that Sallyport takes on at once. */
  readonly atOnce: number;
  /** Callers for each of those, when there are too many. */
  readonly times: number;
  readonly seconds: number;
}

/** What became of calls when ten times as many callers came as there is room for. */
export interface OverloadReport {
  readonly options: OverloadOptions;
  /** Calls completed a second by as many callers as there is room for, and by all. */
  readonly most: number;
  readonly under: number;
  readonly told: Readonly<Record<string, number>>;
  readonly slowest: number;
  readonly ranTwice: number;
  readonly ranThoughRefused: number;
  readonly heap: { readonly before: number; readonly after: number };
}

const ENOUGH = 1_000_000;
/** A caller that was turned away comes again so much later, as its answer asks for at least, milliseconds. */
const REST_MS = 100;
const WARM_UP_S = 3;

/** Calls with as many callers as there is room for, then with ten times as many. */
export async function runOverload(options: OverloadOptions): Promise<OverloadReport> {
  const { atOnce, times, seconds } = options;
  await using upstream = await startLoadUpstream();
  const scene: Scene = {
    decision: [`max_in_flight: ${atOnce}`, 'max_loop_delay_ms: 10000'],
    async begin() {},
    async end() {},
    async [Symbol.asyncDispose]() {},
  };
  const form = { ...TRIAL_FORMS.short, burst: ENOUGH };
  await using stage = await openStage({ carrier: 'proxy', scene, form, upstream: upstream.url });
  upstream.forget();
  const answers = new Answers();
  const callers = openCallers(stage, answers);
  const completedBy = async (count: number, forSeconds: number): Promise<number> => {
    const lastMs = performance.now() + forSeconds * 1000;
    const from = answers.all.length;
    const [one] = callers;
    await one?.callInTurn(count, async (reading) => {
      if (reading.kind !== 'completed') await pause(REST_MS);
      return performance.now() < lastMs;
    });
    return answers.all.slice(from).filter(({ reading }) => reading.kind === 'completed').length / forSeconds;
  };
  await completedBy(atOnce * times, WARM_UP_S);
  const before = await rest(stage, upstream, callers);
  const most = await completedBy(atOnce, seconds);
  const from = answers.all.length;
  const under = await completedBy(atOnce * times, seconds);
  const late = answers.all.slice(from);
  const after = await rest(stage, upstream, callers);
  return {
    options,
    most: Math.round(most),
    under: Math.round(under),
    told: tally(late),
    slowest: Math.round(late.reduce((longest, { sentMs, endedMs }) => Math.max(longest, endedMs - sentMs), 0)),
    ranTwice: upstream.repeated.length,
    ranThoughRefused: late.filter(({ id, reading }) => reading.kind === 'refused' && upstream.received.has(id)).length,
    heap: { before: before.heap, after: after.heap },
  };
}

function tally(answers: readonly ChaosAnswer[]): Record<string, number> {
  const grouped = Map.groupBy(answers, ({ reading }) => saying(reading));
  return Object.fromEntries([...grouped].map(([said, all]) => [said, all.length]));
}

const LEAST_GOODPUT = 0.8;
const HEAP = 8 * 1024 * 1024;

/** What must hold, held against a report. `timed`: whether nothing else runs, so that rates say something. */
export function overloadClaims(report: OverloadReport, { timed }: { readonly timed: boolean }): Claim[] {
  const { most, under, told, ranTwice, ranThoughRefused, heap } = report;
  const said = Object.keys(told);
  const claims: Claim[] = [
    { text: 'runs at most once', holds: ranTwice === 0, found: `${ranTwice} ran twice` },
    { text: 'that is refused does not run', holds: ranThoughRefused === 0, found: `${ranThoughRefused} ran` },
    {
      text: 'is completed, or told that it is too much',
      holds: said.includes('503 overload.busy') && said.every((one) => /^(completed|503 overload\.busy)$/.test(one)),
      found: said.map((one) => `${one}: ${told[one]}`).join(', '),
    },
    {
      text: 'leaves no memory',
      holds: heap.after - heap.before <= HEAP,
      found: `${megabytes(heap.before)} before, ${megabytes(heap.after)} after`,
    },
  ];
  if (!timed) return claims;
  const goodput = {
    text: 'is completed as often as 80 % of what there is room for',
    holds: under >= LEAST_GOODPUT * most,
    found: `${under} a second of ${most}`,
  };
  return [...claims, goodput];
}
