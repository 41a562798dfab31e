import { inTurns } from '../in-turns.ts';
import { goVersion } from '../../test/e2e/go.ts';
import { cpuMicros, cpuMicrosAtRest } from '../peers/process-usage.ts';
import { type BenchResult, type LeftOut, noteMachine } from '../result.ts';
import { buildRatelimit, startRatelimit } from './envoy-ratelimit.ts';
import { type LimitVariant, limitVariants } from './limit-variants.ts';
import { barsOf, type LimitRow, type Measured, rowsOf } from './limit-rows.ts';
import { measureStack, type StackForm } from './whole-stack.ts';
import { openClient } from '../../test/redis/open-client.ts';
import { REDIS_SERVER } from '../../test/redis/redis-part.ts';
import { startRedis } from '../../test/redis/start-redis.ts';
import { existsSync } from 'node:fs';

/** How much is run. */
export interface LimitsForm {
  readonly form: 'short' | 'long';
  readonly rounds: number;
  /** Calls in a round, of which a variant gets its share. */
  readonly calls: number;
  readonly stack: StackForm;
}

export const LIMITS_FORMS: Readonly<Record<'short' | 'long', LimitsForm>> = {
  short: { form: 'short', rounds: 3, calls: 2000, stack: { rounds: 2, calls: 400, warmUp: 400 } },
  long: { form: 'long', rounds: 15, calls: 20_000, stack: { rounds: 9, calls: 4000, warmUp: 20_000 } },
};

/** Counts calls in one real Redis in several ways, and has CPU time of Redis and of who asks counted apart. */
export async function runLimits({ form, rounds, calls, stack }: LimitsForm): Promise<BenchResult<LimitRow>> {
  if (!existsSync(REDIS_SERVER)) throw new Error('Redis is not in .parts/redis: node scripts/install-parts.mjs');
  process.setMaxListeners(50);
  const machine = noteMachine({ go: goVersion() ?? null, envoy: null });
  const leftOut: LeftOut[] = [];
  const counted = await countInRedis(rounds, calls, leftOut);
  const services = await measureStack(stack, leftOut);
  const rows = rowsOf(counted, services);
  const setting = `${rounds} rounds of ${calls} calls (peers: a fifth), 64 in progress, one key each; whole stack: ${stack.rounds} rounds of ${stack.calls} calls as in the part \`direct\``;
  return { part: 'limits', form, machine: machine(), setting, rows, bars: barsOf(rows), leftOut };
}

async function countInRedis(rounds: number, calls: number, leftOut: LeftOut[]): Promise<readonly Measured[]> {
  await using started = new AsyncDisposableStack();
  const redis = started.use(await startRedis());
  const opened = started.use(await openClient({ socket: redis.socket, timeout_ms: 1000 }));
  const why = await buildRatelimit();
  if (why !== undefined) leftOut.push({ what: "Envoy's ratelimit service", why });
  const ratelimit = why === undefined ? started.use(await startRatelimit(redis.socket)) : undefined;
  const variants = limitVariants(opened.client, ratelimit);
  const asked = async ({ questions }: LimitVariant): Promise<number> =>
    commandsOf(await opened.client.info('commandstats'), questions);
  const measured = variants.map((variant): Measured => ({ variant, redis: [], service: [], questions: [] }));
  for (const variant of variants) await run(variant, callsOf(variant, calls));
  await inTurns(measured, rounds, async ({ variant, redis: ofRedis, service, questions }) => {
    const count = callsOf(variant, calls);
    const askedBefore = await asked(variant);
    const redisBefore = await cpuMicrosAtRest(redis.pid);
    const serviceBefore = await serviceMicros(variant);
    await run(variant, count);
    service.push(((await serviceMicros(variant)) - serviceBefore) / count);
    ofRedis.push(((await cpuMicrosAtRest(redis.pid)) - redisBefore) / count);
    questions.push(((await asked(variant)) - askedBefore) / count);
  });
  return measured;
}

function callsOf({ share }: LimitVariant, calls: number): number {
  return Math.ceil(calls * share);
}

async function run({ take, atOnce }: LimitVariant, calls: number): Promise<void> {
  let left = calls;
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const taking = take();
      if (taking instanceof Promise) await taking;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

/** CPU time of what stands before Redis: this process, or the service that it asks. */
async function serviceMicros({ servicePid }: LimitVariant): Promise<number> {
  if (servicePid !== undefined) return await cpuMicros(servicePid);
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** How often Redis was asked so far by these commands. */
function commandsOf(stats: string, names: readonly string[]): number {
  const called = [...stats.matchAll(/^cmdstat_(\w+):calls=(\d+)/gm)];
  return called.filter(([, name = '']) => names.includes(name)).reduce((sum, [, , calls]) => sum + Number(calls), 0);
}
