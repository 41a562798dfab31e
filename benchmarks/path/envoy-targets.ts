import type { SigningKey } from '../../src/capability/signing-key.ts';
import { buildGoNoop, type NoopProcess, startGoNoop, startNoop } from '../peers/noop-peers.ts';
import { type SallyportProcess, startSallyport } from '../peers/sallyport-process.ts';
import type { LeftOut } from '../result.ts';
import { startEnvoyProcess } from './envoy-process.ts';
import type { EnvoyVariant } from './envoy-variant.ts';

/** What is called, and whose CPU time counts. */
export interface EnvoyTarget {
  readonly name: TargetName;
  readonly url: string;
  /** `undefined`: there is no Envoy. */
  readonly envoyPid: number | undefined;
  /** `undefined`: there is no service. */
  readonly servicePid: number | undefined;
  /** Whether it refuses anything. */
  readonly judges: boolean;
}

export type TargetName = (typeof TARGETS)[number]['name'];

type Service = 'none' | 'go' | 'noop' | 'sallyport';

interface Plan {
  readonly name: string;
  readonly variant: EnvoyVariant | 'no envoy';
  readonly service: Service;
  readonly engine: 'http2' | 'grpc-js';
}

/** What is measured. The first has nothing in it. */
export const TARGETS = [
  { name: 'Envoy without a filter', variant: 'nothing', service: 'none', engine: 'http2' },
  { name: 'ext_authz alone: no-op in Go', variant: 'ext_authz alone', service: 'go', engine: 'http2' },
  { name: 'ext_authz alone: no-op on http2', variant: 'ext_authz alone', service: 'noop', engine: 'http2' },
  { name: 'authorize: no-op on http2', variant: 'authorize', service: 'noop', engine: 'http2' },
  { name: 'authorize: Sallyport on http2', variant: 'authorize', service: 'sallyport', engine: 'http2' },
  { name: 'authorize: no-op on grpc-js', variant: 'authorize', service: 'noop', engine: 'grpc-js' },
  { name: 'authorize: Sallyport on grpc-js', variant: 'authorize', service: 'sallyport', engine: 'grpc-js' },
  { name: 'inspect: no-op on http2', variant: 'inspect', service: 'noop', engine: 'http2' },
  { name: 'inspect: Sallyport on http2', variant: 'inspect', service: 'sallyport', engine: 'http2' },
  { name: 'built-in proxy, no Envoy', variant: 'no envoy', service: 'sallyport', engine: 'http2' },
] as const satisfies readonly Plan[];

export interface EnvoyTargetsOptions {
  readonly key: SigningKey;
  /** URL of the tool server. */
  readonly upstream: string;
}

/** Starts all of them, each with an Envoy and a service of its own. They end with `started`. */
export async function startTargets(
  { key, upstream }: EnvoyTargetsOptions,
  started: AsyncDisposableStack,
  leftOut: LeftOut[],
): Promise<readonly EnvoyTarget[]> {
  const targets: EnvoyTarget[] = [];
  const whyNoGo = await buildGoNoop();
  for (const { name, variant, service, engine } of TARGETS) {
    if (service === 'go' && whyNoGo !== undefined) {
      leftOut.push({ what: name, why: whyNoGo });
      continue;
    }
    const door = variant === 'no envoy' ? 'proxy' : variant === 'inspect' ? 'ext_proc' : 'ext_authz';
    const sallyport = (): Promise<SallyportProcess> =>
      startSallyport({ key, upstream, door, ...(door === 'proxy' ? {} : { engine }) });
    const asked = await startService(service, engine, sallyport);
    if (asked !== undefined) started.use(asked);
    const envoy =
      variant === 'no envoy'
        ? undefined
        : started.use(await startEnvoyProcess({ variant, upstream, socket: asked?.socket ?? '/nonexistent' }));
    const url = envoy?.url ?? (asked !== undefined && 'url' in asked ? asked.url : '');
    targets.push({ name, url, envoyPid: envoy?.pid, servicePid: asked?.pid, judges: service === 'sallyport' });
  }
  return targets;
}

async function startService(
  service: Service,
  engine: 'http2' | 'grpc-js',
  sallyport: () => Promise<SallyportProcess>,
): Promise<NoopProcess | SallyportProcess | undefined> {
  switch (service) {
    case 'none':
      return undefined;
    case 'go':
      return await startGoNoop();
    case 'noop':
      return await startNoop(engine);
    case 'sallyport':
      return await sallyport();
  }
}
