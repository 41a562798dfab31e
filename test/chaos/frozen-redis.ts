import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { startLoadUpstream } from '../envoy/load/load-upstream.ts';
import { type RunningRedis, startRedis } from '../redis/start-redis.ts';
import { type Claim, megabytes } from '../soak/claim.ts';
import { growthOver } from '../soak/growth.ts';
import { Answers } from './answers.ts';
import { openCallers, rest, SPARE_FILES, whileCalled } from './calling.ts';
import type { Scene } from './fault.ts';
import { storeOf } from './redis-faults.ts';
import { openStage, SERVERS } from './stage.ts';
import { TRIAL_FORMS, type TrialForm } from './trial-form.ts';
import { countSaid, type Phase, phaseOf } from './trial-report.ts';

export interface FrozenOptions {
  /** Calls a second, of both servers. */
  readonly perSecond: number;
  readonly rounds: number;
  /** Rounds before memory is compared: code is compiled, caches fill. */
  readonly warmUp: number;
  /** How long Redis stands still in a round, and how long it is called before and behind that, milliseconds. */
  readonly frozenMs: number;
  readonly aroundMs: number;
}

/** What became of calls while Redis was stopped over and over. Sizes in bytes. */
export interface FrozenReport {
  readonly options: FrozenOptions;
  /** Rounds that count. Fewer than there were to be: the machine was too busy, and times are not judged. */
  readonly sound: number;
  /** Why each of the others does not count. */
  readonly unsound: readonly string[];
  readonly before: Phase;
  readonly during: Phase;
  /** Calls that were sent later than a second after Redis went on. */
  readonly after: Phase;
  readonly told: Readonly<Record<string, number>>;
  readonly ranTwice: number;
  /** Behind each round, after a full garbage collection. */
  readonly resident: readonly number[];
  readonly openFiles: readonly number[];
}

const ENOUGH = 1_000_000;
const BACK_MS = 1000;
/** Rounds that are made at most for each that is to count. */
const MOST_TIMES = 2;

/** Stops Redis and has it go on, while both servers are called. */
export async function runFrozenRedis(options: FrozenOptions): Promise<FrozenReport> {
  const { perSecond, rounds, warmUp } = options;
  await using opened = new AsyncDisposableStack();
  const redis = opened.use(await startRedis());
  const upstream = opened.use(await startLoadUpstream());
  const form: TrialForm = { ...TRIAL_FORMS.long, perSecond: perSecond / SERVERS.length, burst: ENOUGH };
  const scene = sceneOf(redis);
  const stage = opened.use(await openStage({ carrier: 'proxy', scene, form, upstream: upstream.url }));
  upstream.forget();
  const answers = new Answers();
  const callers = openCallers(stage, answers);
  const left: { resident: number; openFiles: number }[] = [];
  const measured: Moments[] = [];
  const unsound: string[] = [];
  for (let round = 0; round < warmUp + MOST_TIMES * rounds && measured.length < rounds; round += 1) {
    using late = watchLateness();
    const moments = await whileCalled(callers, form.perSecond, () => freezeOnce(redis, options));
    const latestMs = late.mostMs();
    const { openFiles } = await rest(stage, upstream, callers, left[0]?.openFiles);
    if (round < warmUp) continue;
    left.push({ resident: await stage.served.resident(), openFiles });
    const why = whyUnsound({ calm: calmOf(answers, moments), latestMs, options });
    if (why === undefined) measured.push(moments);
    else unsound.push(why);
  }
  return {
    options,
    sound: measured.length,
    unsound,
    ...phasesOf(answers, measured),
    ranTwice: upstream.repeated.length,
    resident: left.map(({ resident }) => resident),
    openFiles: left.map(({ openFiles }) => openFiles),
  };
}

function sceneOf(redis: RunningRedis): Scene {
  return {
    store: storeOf(`socket: ${redis.socket}`),
    begin: async () => redis.freeze(),
    end: async () => redis.thaw(),
    async [Symbol.asyncDispose]() {},
  };
}

/** When calls began, Redis was stopped, it went on, and calls ended; milliseconds of `performance.now()`. */
type Moments = readonly [beganMs: number, frozeMs: number, thawedMs: number, endedMs: number];

async function freezeOnce(redis: RunningRedis, { frozenMs, aroundMs }: FrozenOptions): Promise<Moments> {
  const beganMs = performance.now();
  await pause(aroundMs);
  const frozeMs = performance.now();
  redis.freeze();
  await pause(frozenMs);
  redis.thaw();
  const thawedMs = performance.now();
  await pause(aroundMs + BACK_MS);
  return [beganMs, frozeMs, thawedMs, performance.now()];
}

/** How late those are who call. */
function watchLateness(): Disposable & { mostMs(): number } {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  return { mostMs: () => delay.max / 1e6, [Symbol.dispose]: () => void delay.disable() };
}

/** The calls of a round before Redis was stopped. */
function calmOf({ all }: Answers, [beganMs, frozeMs]: Moments): Phase {
  return phaseOf(all, beganMs, frozeMs);
}

/** What shows, before Redis is stopped and beside what is tried, whether the machine has time for a round. */
export interface Soundness {
  readonly calm: Pick<Phase, 'calls' | 'p99'>;
  /** Longest time for which the callers themselves stood still, milliseconds. */
  readonly latestMs: number;
  readonly options: Pick<FrozenOptions, 'perSecond' | 'aroundMs'>;
}

/** The slowest hundredth of calls before anything was done to them takes at most so long on a machine that has time, milliseconds. */
const CALM_P99_MS = 50;
/** Callers that stand still for longer measure themselves, milliseconds. */
const LATE_MS = 100;
const CALLED = 0.9;

/**
 * Why a round says nothing of Redis: it was as slow before, or the callers were. By nothing that happens once Redis is stopped but
 * the lateness of those who call, so that no round is left out for what it found.
 */
export function whyUnsound({ calm, latestMs, options }: Soundness): string | undefined {
  const due = (options.perSecond * options.aroundMs) / 1000;
  if (calm.p99 > CALM_P99_MS) return `p99 ${calm.p99} ms before, of ${CALM_P99_MS}`;
  if (calm.calls < CALLED * due) return `${calm.calls} calls before, of ${due}`;
  return latestMs > LATE_MS ? `callers stood still for ${Math.round(latestMs)} ms, of ${LATE_MS}` : undefined;
}

function phasesOf({ all }: Answers, measured: readonly Moments[]) {
  const sentIn = (span: (moments: Moments) => readonly [number, number]) => {
    const spans = measured.map(span);
    return all.filter(({ sentMs }) => spans.some(([fromMs, toMs]) => sentMs >= fromMs && sentMs < toMs));
  };
  const during = sentIn(([, froze, thawed]) => [froze, thawed]);
  return {
    before: phaseOf(
      sentIn(([began, froze]) => [began, froze]),
      0,
      Infinity,
    ),
    during: phaseOf(during, 0, Infinity),
    after: phaseOf(
      sentIn(([, , thawed, ended]) => [thawed + BACK_MS, ended]),
      0,
      Infinity,
    ),
    told: countSaid(during),
  };
}

const MIB = 1024 * 1024;
/** How much slower the slowest hundredth may be than before, and by how much in any case. */
const SLOWER_TIMES = 2;
const SLOWER_MS = 5;

/** Whether the machine had time for as many rounds as there were to be. */
export function isJudged({ options, sound }: Pick<FrozenReport, 'options' | 'sound'>): boolean {
  return sound >= options.rounds;
}

/** What must hold, held against a report: times where the machine had time, and the rest in any case. */
export function frozenClaims(report: FrozenReport): Claim[] {
  return isJudged(report) ? [...timedClaims(report), ...countedClaims(report)] : countedClaims(report);
}

function countedClaims({ ranTwice, resident, openFiles }: FrozenReport): Claim[] {
  const grown = growthOver(
    1,
    resident.map((bytes, round) => ({ requests: round, bytes })),
  );
  return [
    { text: 'runs at most once', holds: ranTwice === 0, found: `${ranTwice} ran twice` },
    {
      text: 'leaves at most 1 MB of resident memory each time that Redis is stopped',
      holds: grown <= MIB,
      found: `${megabytes(grown)} (${resident.map(megabytes).join(', ')})`,
    },
    {
      text: 'leaves no descriptor',
      holds: Math.max(...openFiles) <= (openFiles[0] ?? 0) + SPARE_FILES,
      found: openFiles.join(', '),
    },
  ];
}

function timedClaims({ options, before, during, after }: FrozenReport): Claim[] {
  const { waitsAtMostMs } = TRIAL_FORMS.long;
  const slowest = Math.max(before.slowest, during.slowest, after.slowest);
  return [
    {
      text: 'waits no longer than the deadline',
      holds: slowest <= waitsAtMostMs,
      found: `slowest ${before.slowest} ms before, ${during.slowest} while, ${after.slowest} after, of ${waitsAtMostMs}`,
    },
    {
      text: 'is as fast as before a second after',
      holds: after.p99 <= SLOWER_TIMES * before.p99 + SLOWER_MS,
      found: `p99 ${before.p99} ms before, ${during.p99} while, ${after.p99} after`,
    },
    {
      text: 'is made as often as it is to be',
      holds: before.calls + after.calls > 0.9 * options.perSecond * ((options.rounds * 2 * options.aroundMs) / 1000),
      found: `${before.calls} before, ${during.calls} while, ${after.calls} after`,
    },
  ];
}
