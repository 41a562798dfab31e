import type { Carrier } from '../e2e/carriers.ts';
import { type LoadUpstream, startLoadUpstream } from '../envoy/load/load-upstream.ts';
import { readDecisions } from '../soak/envoy/decisions-on-record.ts';
import { Answers } from './answers.ts';
import type { Callers } from './callers.ts';
import { IDS_EACH, openCallers, rest, whileCalled } from './calling.ts';
import type { ChaosFault } from './fault.ts';
import { openStage, SERVERS, type ServerName, type Stage } from './stage.ts';
import type { TrialForm } from './trial-form.ts';
import { countSaid, phaseOf, recoveryOf, type TrialReport } from './trial-report.ts';

/** When the fault began, when it ended, and when all was well again; milliseconds of `performance.now()`. */
interface Moments {
  readonly startedMs: number;
  readonly beganMs: number;
  readonly endedMs: number;
  /** `Infinity`: never. */
  readonly wellMs: number;
}

/** Longest time that is waited for anything. What has not come by then does not come. */
const PATIENCE_MS = 20_000;

/** Tries one fault: calls, the fault, its end, and then calls until the limits are used up. */
export async function runTrial(fault: ChaosFault, carrier: Carrier, form: TrialForm): Promise<TrialReport> {
  await using opened = new AsyncDisposableStack();
  const upstream = opened.use(await startLoadUpstream());
  const scene = opened.use(await fault.open({ upstream: upstream.url }));
  const stage = opened.use(await openStage({ carrier, scene, form, upstream: scene.upstream ?? upstream.url }));
  upstream.forget();
  const answers = new Answers();
  const callers = openCallers(stage, answers);
  const startedMs = performance.now();
  await whileCalled(callers, form.perSecond, () =>
    answers.until(() => answers.haveCompleted(form.servedBefore), PATIENCE_MS),
  );
  const before = await rest(stage, upstream, callers);
  const moments = await whileCalled(callers, form.perSecond, async () => {
    const beganMs = performance.now();
    await scene.begin(stage);
    const isOver = (): boolean =>
      performance.now() - beganMs >= form.faultMs && answers.haveSaid(fault.expected.seen, beganMs);
    await answers.until(isOver, PATIENCE_MS);
    await scene.end(stage);
    const endedMs = performance.now();
    const isWell = await answers.until(() => answers.areWell(form.calm, endedMs), PATIENCE_MS);
    return { startedMs, beganMs, endedMs, wellMs: isWell ? performance.now() : Infinity };
  });
  await useUp(callers);
  const after = await rest(stage, upstream, callers, before.openFiles);
  const atRest = stage.isFirst ? { before, after } : null;
  const logged = Object.fromEntries(stage.served.log.lines);
  return {
    ...head(fault, carrier),
    ...told(answers, moments),
    ...(await ran(stage, upstream, answers)),
    logged,
    atRest,
  };
}

function head({ id, what }: ChaosFault, carrier: Carrier): Pick<TrialReport, 'id' | 'what' | 'carrier'> {
  return { id, what, carrier };
}

const AT_ONCE = 8;
/** Refusals that show that a limit is used up, and not only one that was remembered. */
const REFUSALS = 20;

/** Calls until both limits say that nothing is left. */
async function useUp(callers: readonly Callers[]): Promise<void> {
  const lastMs = performance.now() + PATIENCE_MS;
  for (const one of callers) {
    let refused = 0;
    await one.callInTurn(AT_ONCE, (reading) => {
      if (reading.kind === 'refused' && reading.why === 'limit.exceeded') refused += 1;
      return refused < REFUSALS && performance.now() < lastMs;
    });
  }
}

function told({ all }: Answers, { startedMs, beganMs, endedMs, wellMs }: Moments) {
  return {
    seconds: Math.round((performance.now() - startedMs) / 100) / 10,
    faultMs: Math.round(endedMs - beganMs),
    before: phaseOf(all, startedMs, beganMs),
    during: phaseOf(all, beganMs, endedMs),
    after: phaseOf(all, endedMs + RECOVERED_MS, Infinity),
    recoveryMs:
      wellMs === Infinity
        ? null
        : recoveryOf(
            all.filter(({ endedMs: at }) => at <= wellMs),
            endedMs,
          ),
    told: countSaid(all.filter(({ sentMs }) => sentMs >= beganMs && sentMs < endedMs)),
    cut: countSaid(all.filter(({ reading }) => reading.kind === 'wrong')),
  };
}

/** Calls that are sent so long after the end of a fault are as fast as ever. */
const RECOVERED_MS = 1000;

/** What the tool server ran, beside what callers were told and what is on record. */
async function ran({ folder }: Stage, upstream: LoadUpstream, { all }: Answers) {
  const { intents } = await readDecisions(folder);
  const { received, repeated } = upstream;
  const refused = all.filter(({ reading }) => reading.kind === 'refused' && isBeforeItIsSent(reading.why));
  const of = (server: ServerName): number =>
    [...received.keys()].filter((id) => SERVERS[Math.floor(id / IDS_EACH)] === server).length;
  return {
    ran: { strict: of('strict'), shared: of('shared') },
    ranTwice: repeated.length,
    ranWithoutIntent: [...received.values()].filter((id) => !intents.has(id)).length,
    ranThoughRefused: refused.filter(({ id }) => received.has(id)).length,
  };
}

/** What comes of the tool server, or of what lies in front of it, is said after the call was sent, or may be. */
function isBeforeItIsSent(why: string): boolean {
  return /^(limit|breaker|overload|policy|tool|fault)\./.test(why);
}
