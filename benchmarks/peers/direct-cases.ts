import { fileURLToPath } from 'node:url';
import type { SigningKey } from '../../src/capability/signing-key.ts';
import type { LeftOut } from '../result.ts';
import type { Expected } from './exchange.ts';
import type { GrpcLoad } from './grpc-load-process.ts';
import { buildGoNoop, startGoNoop, startNoop } from './noop-peers.ts';
import { opaToken, startOpa, whyNoOpa } from './opa.ts';
import { peerToken } from './peer-project.ts';
import { startSallyport } from './sallyport-process.ts';
import { startProcess } from './started-process.ts';
import { type Workload, WORKLOADS } from './workload.ts';

export type Engine = 'http2' | 'grpc-js';

/** A service that is asked. */
export interface Target {
  readonly name: string;
  readonly engine: Engine | undefined;
  readonly socket: string;
  readonly pid: number;
  /** How it is shown the headers of a request. */
  readonly headers: GrpcLoad['headers'];
  /** The token that is used again and again. */
  readonly token: string;
  /** Makes another one. */
  readonly mint: (key: SigningKey) => Promise<string>;
}

/** What one service is asked. */
export interface Case {
  readonly target: Target;
  readonly workload: Workload;
  readonly expected: Expected;
  /** Part of the calls of a round that this one gets: what is dear or needs no warming gets fewer. */
  readonly share: number;
  readonly samples: number[];
}

/** Name of the service that is the unit. */
export const GO_NOOP = 'no-op in Go';
/** Name of the one that traces a call in a hundred. */
export const TRACED = 'Sallyport on http2, tracing 1 %';

const ENGINES = ['http2', 'grpc-js'] as const satisfies readonly Engine[];
const SHARE_OF_LISTS = 0.1;
const SHARE_OF_OPA = 0.25;

interface Setting {
  readonly key: SigningKey;
  /** CPU that all services are kept on. */
  readonly cpu: number;
  /** Ends the services. */
  readonly started: AsyncDisposableStack;
  /** Told what is not there. */
  readonly leftOut: LeftOut[];
}

/** Starts all services, kept on one CPU. They end with `started`. */
export async function startCases(setting: Setting): Promise<readonly Case[]> {
  const upstream = setting.started.use(await startUpstream());
  const cases = await goCases(setting);
  for (const engine of ENGINES) {
    cases.push(...(await noopCases(setting, engine)), ...(await sallyportCases(setting, engine, upstream.url)));
  }
  return [...cases, ...(await tracedCases(setting, upstream.url)), ...(await opaCases(setting))];
}

async function goCases({ key, cpu, started, leftOut }: Setting): Promise<Case[]> {
  const why = await buildGoNoop();
  if (why !== undefined) {
    leftOut.push({ what: GO_NOOP, why });
    return [];
  }
  const { socket, pid } = started.use(await startGoNoop({ cpu }));
  const target = { name: GO_NOOP, engine: undefined, socket, pid, ...(await asEnvoyAsks(key)) };
  return [
    ...casesOf(target, ['allow', 'large'], { named: false, logs: false }),
    ...casesOf(target, ['allow'], { named: false, logs: true }),
  ];
}

async function noopCases({ key, cpu, started }: Setting, engine: Engine): Promise<Case[]> {
  const { socket, pid } = started.use(await startNoop(engine, { cpu }));
  const target = { name: `no-op on ${engine}`, engine, socket, pid, ...(await asEnvoyAsks(key)) };
  return [
    ...casesOf(target, ['allow', 'large'], { named: false, logs: false }),
    ...casesOf(target, ['allow', 'large', 'list'], { named: false, logs: true }),
  ];
}

/** One process for each workload: what one leaves to be collected is not paid by another. */
async function sallyportCases({ key, cpu, started }: Setting, engine: Engine, upstream: string): Promise<Case[]> {
  const cases: Case[] = [];
  for (const { name: workload } of WORKLOADS) {
    const { socket, pid } = started.use(await startSallyport({ key, upstream, door: 'ext_authz', engine, cpu }));
    const target = { name: `Sallyport on ${engine}`, engine, socket, pid, ...(await asEnvoyAsks(key)) };
    cases.push(...casesOf(target, [workload], { named: true, logs: true }));
  }
  return cases;
}

/** The same service where one call in a hundred is traced. */
async function tracedCases({ key, cpu, started }: Setting, upstream: string): Promise<readonly Case[]> {
  const { found: port } = started.use(await startOnPort('collector-process.ts'));
  const collector = `http://127.0.0.1:${port}`;
  const options = { key, upstream, collector, door: 'ext_authz', engine: 'http2', cpu } as const;
  const { socket, pid } = started.use(await startSallyport(options));
  const target = { name: TRACED, engine: 'http2', socket, pid, ...(await asEnvoyAsks(key)) } as const;
  return casesOf(target, ['allow'], { named: true, logs: true });
}

async function opaCases({ key, cpu, started, leftOut }: Setting): Promise<Case[]> {
  const why = whyNoOpa();
  if (why !== undefined) {
    leftOut.push({ what: 'OPA-Envoy', why });
    return [];
  }
  const cases: Case[] = [];
  for (const log of [false, true]) {
    const { socket, pid } = started.use(await startOpa({ key, log, cpu }));
    const name = log ? 'OPA-Envoy with its decision log' : 'OPA-Envoy without a log';
    const asked = { headers: 'map', token: await opaToken(key), mint: opaToken } as const;
    const target = { name, engine: undefined, socket, pid, ...asked };
    const expected = { named: false, logs: false };
    cases.push(...casesOf(target, ['allow', 'deny', 'large', 'fresh'], expected, SHARE_OF_OPA));
  }
  return cases;
}

async function asEnvoyAsks(key: SigningKey): Promise<Pick<Target, 'headers' | 'token' | 'mint'>> {
  return { headers: 'list', token: await peerToken(key), mint: peerToken };
}

function casesOf(
  target: Target,
  names: readonly Workload['name'][],
  expected: Omit<Expected, 'verdict'>,
  share = 1,
): readonly Case[] {
  return WORKLOADS.filter(({ name }) => names.includes(name)).map((workload) => ({
    target,
    workload,
    expected: { verdict: workload.name === 'deny' ? 'deny' : 'allow', ...expected },
    share: workload.name === 'list' ? SHARE_OF_LISTS : share,
    samples: [],
  }));
}

/** A tool server that is named and never called. */
export async function startUpstream() {
  const upstream = await startOnPort('upstream-process.ts');
  return { ...upstream, url: `http://127.0.0.1:${upstream.found}/mcp` };
}

/** A process of this folder that prints its port. */
function startOnPort(file: string) {
  const args = [fileURLToPath(new URL(file, import.meta.url))];
  return startProcess({ command: process.execPath, args, ready: /^(\d+)$/m });
}
