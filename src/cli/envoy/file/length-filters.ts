import { typeUrl } from './filter-names.ts';
import { bufferBytes, type EnvoyPlan } from './envoy-plan.ts';
import type { RemarkedMap } from './remarked.ts';

/**
 * Filters behind ext_proc that make the length which the tool server is told that of the body it gets, whatever ext_proc
 * said: Envoy compares the two only when a body is replaced, and a short length makes the rest the next agent's request.
 */
export function lengthFilters(plan: EnvoyPlan): readonly RemarkedMap[] {
  return [
    {
      '#': "Needed, with the next one: the length that the tool server is told is counted here, whatever ext_proc said of it. Else one wrong content-length makes the rest of a body the next agent's request.",
      name: 'envoy.filters.http.header_mutation',
      typed_config: {
        '@type': typeUrl('filters.http.header_mutation.v3.HeaderMutation'),
        mutations: { request_mutations: [{ remove: 'content-length' }] },
      },
    },
    {
      name: 'envoy.filters.http.buffer',
      typed_config: {
        '@type': typeUrl('filters.http.buffer.v3.Buffer'),
        '# max_request_bytes': 'Not less than the buffer of the listener: it is the limit of replies too.',
        max_request_bytes: bufferBytes(plan),
      },
    },
  ];
}

/** Answers 413 to a larger request than any server takes, before all of it is here. */
export function sizeFilter({ servers }: EnvoyPlan): RemarkedMap {
  return {
    '#': 'The largest `max_body_bytes` of the servers: what is larger is not held.',
    name: 'envoy.filters.http.body_size_limit',
    typed_config: {
      '@type': typeUrl('filters.http.body_size_limit.v3.BodySizeLimit'),
      max_request_bytes: Math.max(...servers.map(({ maxBodyBytes }) => maxBodyBytes)),
    },
  };
}
