import { generateSigningKey, type SigningKey } from '../../src/capability/signing-key.ts';
import { startRedis } from '../../test/redis/start-redis.ts';
import { inTurns } from '../in-turns.ts';
import { type Case, startUpstream, type Target } from '../peers/direct-cases.ts';
import { callsOf, runLoad, SERVICE_CPU, startDirectGenerator } from '../peers/direct-load.ts';
import { buildGoNoop, startGoNoop } from '../peers/noop-peers.ts';
import { peerToken } from '../peers/peer-project.ts';
import { cpuMicrosAtRest } from '../peers/process-usage.ts';
import { startSallyport } from '../peers/sallyport-process.ts';
import { WORKLOADS } from '../peers/workload.ts';
import type { LeftOut } from '../result.ts';
import { STACK_WITH_REDIS } from './limit-rows.ts';

/** How much is run. */
export interface StackForm {
  readonly rounds: number;
  readonly calls: number;
  readonly warmUp: number;
}

/** A service that was asked about whole calls; CPU time of it, microseconds a call, one value a round. */
export interface StackMeasured {
  readonly name: string;
  readonly isUnit: boolean;
  readonly samples: readonly number[];
}

/** Asks about allowed calls of 1 KB, with limits in Redis and in memory, beside the no-op in Go. */
export async function measureStack(
  { rounds, calls, warmUp }: StackForm,
  leftOut: LeftOut[],
): Promise<readonly StackMeasured[]> {
  await using started = new AsyncDisposableStack();
  const key = await generateSigningKey('EdDSA');
  const cases = await startStacks(key, started, leftOut);
  const generator = started.use(startDirectGenerator());
  for (const one of cases) await runLoad(generator, one, key, warmUp);
  await inTurns(cases, rounds, async (one) => {
    const before = await cpuMicrosAtRest(one.target.pid);
    await runLoad(generator, one, key, callsOf(one, calls));
    one.samples.push(((await cpuMicrosAtRest(one.target.pid)) - before) / callsOf(one, calls));
  });
  return cases.map(({ target, samples }) => ({ name: target.name, isUnit: target.engine === undefined, samples }));
}

async function startStacks(key: SigningKey, started: AsyncDisposableStack, leftOut: LeftOut[]): Promise<Case[]> {
  const asked = { headers: 'list', token: await peerToken(key), mint: peerToken } as const;
  const cpu = SERVICE_CPU;
  const redis = started.use(await startRedis());
  const upstream = started.use(await startUpstream()).url;
  const cases: Case[] = [];
  const why = await buildGoNoop();
  if (why !== undefined) leftOut.push({ what: 'no-op in Go', why });
  else {
    const { socket, pid } = started.use(await startGoNoop({ cpu }));
    cases.push(caseOf({ name: 'whole call: no-op in Go', engine: undefined, socket, pid, ...asked }, false));
  }
  const store = { kind: 'redis', socket: redis.socket };
  for (const [name, more] of [
    ['whole call: Sallyport on http2, two limits in memory', {}],
    [STACK_WITH_REDIS, { store }],
    ['whole call: Sallyport on http2, two limits in Redis, leases', { store: { ...store, leases: true } }],
  ] as const) {
    const project = { key, upstream, door: 'ext_authz', engine: 'http2', cpu, ...more } as const;
    const { socket, pid } = started.use(await startSallyport(project));
    cases.push(caseOf({ name, engine: 'http2', socket, pid, ...asked }, true));
  }
  return cases;
}

function caseOf(target: Target, isNamed: boolean): Case {
  const [workload] = WORKLOADS;
  if (workload === undefined) throw new Error('there is no workload');
  const expected = { verdict: 'allow', named: isNamed, logs: isNamed } as const;
  return { target, workload, expected, share: 1, samples: [] };
}
