import { duration, type EnvoyPlan, type PlannedServer } from './envoy-plan.ts';
import { FORBIDDEN_STEERING, RETRY_STEERING } from '../../../transports/envoy/steering-headers.ts';
import { EXT_AUTHZ, EXT_PROC, MATCH_DELEGATE, typeUrl } from './filter-names.ts';
import type { RemarkedMap } from './remarked.ts';
import { withheldFromReplies } from './withheld-from-replies.ts';
import { retryPolicy } from './retry-policy.ts';

/** What the tool server has no use for, and what steers Envoy's router beyond what Sallyport may say. */
const REMOVED: readonly string[] = [
  'expect',
  'te',
  'trailer',
  'upgrade',
  ...FORBIDDEN_STEERING,
  'x-envoy-original-path',
  'x-envoy-auth-partial-body',
];

/** The routes of these servers, and of nothing else. */
export function routeConfig(plan: EnvoyPlan, servers: readonly PlannedServer[]): RemarkedMap {
  return {
    name: 'agents',
    virtual_hosts: [
      {
        name: 'tools',
        '# domains': "Sallyport compares Host with the server's `hosts`.",
        domains: ['*'],
        '# request_headers_to_remove':
          "What Sallyport leaves to Envoy and the tool server has no use for; and once more, should the filter be configured away by mistake, what would steer Envoy's router.",
        request_headers_to_remove: REMOVED,
        ...unreadReplies(plan),
        routes: [...servers.flatMap((server) => routesOf(plan, server, servers)), ...nothingElse(plan)],
      },
    ],
  };
}

/** What is taken off replies that nobody reads. Of the others Sallyport says which fields pass. */
function unreadReplies({ wiring }: EnvoyPlan): RemarkedMap {
  if (wiring === 'inspect') return {};
  return {
    '# response_headers_to_remove':
      'Needed: nobody reads the reply to a call that passes. A challenge, redirect or cookie of the tool server would lead clients, and their tokens, elsewhere.',
    response_headers_to_remove: withheldFromReplies(),
  };
}

/** The routes of an address that is no server's: Sallyport refuses what comes there, so its record has who tried. */
export function strangerRoutes(): RemarkedMap {
  return {
    name: 'strangers',
    virtual_hosts: [
      {
        name: 'none',
        domains: ['*'],
        routes: [
          {
            '#': 'What agents dialled is no server of sallyport.yaml. Sallyport is asked, refuses, and has it on record; nothing is forwarded, whatever it would say.',
            name: 'nothing',
            match: { prefix: '/' },
            direct_response: { status: 404 },
          },
        ],
      },
    ],
  };
}

function routesOf(plan: EnvoyPlan, server: PlannedServer, servers: readonly PlannedServer[]): readonly RemarkedMap[] {
  const settings = settingsOf(plan, server);
  const { metadata } = server;
  return metadata === undefined
    ? [callRoute(plan, server, settings)]
    : [callRoute(plan, server, settings), metadataRoute(plan, server, { ...metadata, servers }, settings)];
}

function callRoute(plan: EnvoyPlan, server: PlannedServer, settings: RemarkedMap | undefined): RemarkedMap {
  const { name, route, upstream, maxAgeMs } = server;
  return {
    ...nameRemark(plan),
    name,
    '# match': 'Exact, as `route:` of the server: Sallyport refuses every other path.',
    match: { path: route },
    ...unsteered(server),
    route: {
      cluster: name,
      prefix_rewrite: upstream.path,
      host_rewrite_literal: upstream.authority,
      '# timeout': 'A stream of events may last; the call itself is ended by the tool server, the agent or Sallyport.',
      timeout: '0s',
      idle_timeout: duration(maxAgeMs),
      max_stream_duration: { max_stream_duration: duration(maxAgeMs) },
      ...retryPolicy(server),
    },
    typed_per_filter_config: settings,
  };
}

/** Where each call is sent once, nothing may say otherwise; should the filter be configured away by mistake, no agent either. */
function unsteered({ retries }: PlannedServer): RemarkedMap {
  return retries === undefined ? { request_headers_to_remove: RETRY_STEERING } : {};
}

function metadataRoute(
  plan: EnvoyPlan,
  { name }: PlannedServer,
  { path, host, servers }: NonNullable<PlannedServer['metadata']> & Pick<EnvoyPlan, 'servers'>,
  settings: RemarkedMap | undefined,
): RemarkedMap {
  const twins = servers.filter((server) => server.metadata?.path === path).length > 1;
  return {
    '#': 'Where clients learn which tokens to bring (RFC 9728). Sallyport answers it; nothing is forwarded.',
    name: plan.wiring === 'inspect' ? name : `${name}-resource`,
    match: {
      path,
      headers: twins ? [{ name: ':authority', string_match: { exact: host } }] : undefined,
    },
    '# direct_response': 'Should the filter be configured away, there is nothing here.',
    direct_response: { status: 404 },
    typed_per_filter_config: settings,
  };
}

function nameRemark({ wiring }: EnvoyPlan): RemarkedMap {
  if (wiring === 'authorize') return {};
  return { '# name': 'Needed: names the server in sallyport.yaml. Nothing that an agent sends can name another.' };
}

/** Names the server to ext_authz. */
function settingsOf({ wiring }: EnvoyPlan, { name }: PlannedServer): RemarkedMap | undefined {
  if (wiring === 'inspect') return undefined;
  return {
    [EXT_AUTHZ]: {
      '@type': typeUrl('filters.http.ext_authz.v3.ExtAuthzPerRoute'),
      '# check_settings': 'Needed: names the server in sallyport.yaml. Nothing that an agent sends can name another.',
      check_settings: { context_extensions: { server: name } },
    },
  };
}

/** Every other path, and CONNECT, which has none: answered here, so that nobody makes Sallyport talk about it. */
function nothingElse(plan: EnvoyPlan): readonly RemarkedMap[] {
  const asking = plan.wiring === 'inspect' ? [EXT_PROC] : plan.replies ? [EXT_AUTHZ, MATCH_DELEGATE] : [EXT_AUTHZ];
  const off = { '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig', disabled: true };
  const answered = {
    direct_response: { status: 404 },
    typed_per_filter_config: Object.fromEntries(asking.map((name) => [name, { ...off }])),
  };
  return [
    {
      '#': 'Every other path. Nobody is asked about it, and nothing is forwarded: so only here may the filters be off.',
      name: 'nothing',
      match: { prefix: '/' },
      ...answered,
    },
    { '#': 'CONNECT has no path.', name: 'no-path', match: { connect_matcher: {} }, ...answered },
  ];
}
