import { type Finding, when } from './finding.ts';
import { type Guarded, routesOf } from './guarded.ts';
import type { HttpFilter } from './envoy-view.ts';
import type { Place } from './place.ts';

/** What Envoy holds of a body when nothing is written, bytes. */
const DEFAULT_BYTES = 1024 * 1024;

/** Whether what has to be held can be: only where ext_proc holds bodies. */
export function checkBuffers(guarded: Guarded): readonly Finding[] {
  if (guarded.proc === undefined) return [];
  const buffers = guarded.listeners.map((listener) => listener.at('per_connection_buffer_limit_bytes'));
  const smallest = Math.min(...buffers.map(({ number }) => number ?? DEFAULT_BYTES));
  return [
    ...buffers.flatMap((buffer) =>
      when((buffer.number ?? DEFAULT_BYTES) < largestBody(guarded), 'buffer.small', buffer),
    ),
    ...loweringIn(guarded).flatMap((place) =>
      when(place.exists && (place.number ?? 0) < smallest, 'buffer.lowers', place),
    ),
  ];
}

/** Whatever sets the limit of both directions once more. */
function loweringIn(guarded: Guarded): readonly Place[] {
  const around = routesOf(guarded).flatMap((entry) => entry.around);
  return [
    ...guarded.filters.filter(({ type }) => type === 'Buffer').map(limitOf),
    ...around.map((place) => place.at('request_body_buffer_limit')),
    ...around.map((place) => place.at('per_request_buffer_limit_bytes')),
  ];
}

function limitOf({ config }: HttpFilter) {
  return config.at('max_request_bytes');
}

/** The largest body that is let in; by default more than Envoy holds. */
function largestBody({ authz, filters }: Guarded): number {
  const limits = [
    authz?.config.at('with_request_body', 'max_request_bytes').number,
    ...filters.filter(({ type }) => type === 'BodySizeLimit').map((filter) => limitOf(filter).number),
  ].filter((limit) => limit !== undefined);
  return limits.length === 0 ? DEFAULT_BYTES + 1 : Math.max(...limits);
}
