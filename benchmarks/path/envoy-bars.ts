import { type Bar, round } from '../result.ts';
import type { EnvoyRow } from './envoy-rows.ts';
import type { TargetName } from './envoy-targets.ts';

/** Calls a second at which tails are compared. */
const TAIL_RATE = 1000;

/** What was to be reached through Envoy, and what was found. */
export function barsOf(rows: readonly EnvoyRow[]): Bar[] {
  const of = (name: TargetName): EnvoyRow | undefined => rows.find(({ target }) => target === name);
  const cpu = (name: TargetName, floor: TargetName): number | null => ratio(of(name)?.cpu, of(floor)?.cpu);
  const sallyport = of('authorize: Sallyport on http2');
  const alone = of('ext_authz alone: no-op on http2');
  const added = (row: EnvoyRow | undefined): number | undefined => {
    const [tail, bare] = [tailOf(row), tailOf(of('Envoy without a filter'))];
    return tail === undefined || bare === undefined ? undefined : tail - bare;
  };
  return [
    {
      what: 'CPU of Envoy and service, authorize, over a no-op on http2 that ext_authz alone asks',
      limit: 1.3,
      found: cpu('authorize: Sallyport on http2', 'ext_authz alone: no-op on http2'),
    },
    {
      what: 'the same, over a no-op on http2 in the same Envoy file',
      limit: 1.3,
      found: cpu('authorize: Sallyport on http2', 'authorize: no-op on http2'),
    },
    {
      what: 'the same on grpc-js, over a no-op on grpc-js in the same Envoy file',
      limit: 1.3,
      found: cpu('authorize: Sallyport on grpc-js', 'authorize: no-op on grpc-js'),
    },
    {
      what: 'CPU of Envoy and service, inspect, over a no-op on http2 in the same Envoy file',
      limit: 1.3,
      found: cpu('inspect: Sallyport on http2', 'inspect: no-op on http2'),
    },
    {
      what: 'shortest serial call, authorize, above a no-op on http2 that ext_authz alone asks, ms',
      limit: 0.1,
      found:
        sallyport === undefined || alone === undefined ? null : round(sallyport.serialLeast - alone.serialLeast, 3),
    },
    {
      what: `added p99 at ${TAIL_RATE} calls a second, authorize, over that of a no-op in Go`,
      limit: 2,
      found: ratio(added(sallyport), added(of('ext_authz alone: no-op in Go'))),
    },
    {
      what: 'calls of the closed loops that Sallyport gave no verdict',
      limit: 0,
      found: rows
        .filter(({ target }) => /Sallyport|built-in/.test(target))
        .reduce((sum, { failed }) => sum + failed, 0),
    },
  ];
}

function ratio(one: number | undefined, other: number | undefined): number | null {
  return one === undefined || other === undefined ? null : round(one / other, 2);
}

function tailOf(row: EnvoyRow | undefined): number | undefined {
  return row?.open.find(({ perSecond }) => perSecond === TAIL_RATE)?.p99;
}
