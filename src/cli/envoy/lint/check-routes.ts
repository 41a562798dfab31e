import { withheldFromReplies } from '../file/withheld-from-replies.ts';
import { checkBody } from './check-authz.ts';
import { restoresDestination } from './check-destinations.ts';
import { type Finding, finding, when } from './finding.ts';
import { doorsOf, type Guarded, isForwarding, isInspect, type RouteEntry, routesOf } from './guarded.ts';
import type { HttpFilter } from './envoy-view.ts';
import type { Place } from './place.ts';

/** Whether each route says whose it is, and leads nowhere else than was judged. */
export function checkRoutes(guarded: Guarded): readonly Finding[] {
  const forwarding = routesOf(guarded).filter(isForwarding);
  const around = distinct(forwarding.flatMap((entry) => entry.around));
  return [
    ...forwarding.flatMap(({ route }) => checkRoute(route)),
    ...around.flatMap((place) => [...checkRepeats(place), ...checkSettings(guarded, place)]),
    ...checkNamed(guarded, forwarding),
    ...(isInspect(guarded) ? [] : forwarding.flatMap(checkReplyHeads)),
  ];
}

/** Whether the route, or what is around it, takes off replies what would lead clients astray. */
function checkReplyHeads({ route, around }: RouteEntry): readonly Finding[] {
  const removed = new Set(
    around.flatMap((place) =>
      place
        .at('response_headers_to_remove')
        .items()
        .map(({ text }) => text),
    ),
  );
  return when(!withheldFromReplies().every((name) => removed.has(name)), 'route.reply-heads', route);
}

/** Places that are written once, though several routes are in them. */
function distinct(places: readonly Place[]): readonly Place[] {
  return places.filter((place, index) => places.findIndex((other) => other.isSame(place)) === index);
}

function checkRoute(route: Place): readonly Finding[] {
  const [match, action] = [route.at('match'), route.at('route')];
  const chosen = ['cluster_header', 'cluster_specifier_plugin', 'inline_cluster_specifier_plugin'];
  const timeout = action.at('timeout');
  return [
    ...when(match.at('connect_matcher').exists, 'manager.upgrades', match),
    ...when(action.at('upgrade_configs').exists, 'manager.upgrades', action.at('upgrade_configs')),
    ...when(!match.at('path').exists && !match.at('connect_matcher').exists, 'route.wide', match),
    ...chosen.map((name) => action.at(name)).flatMap((place) => when(place.exists, 'route.chosen-by-agent', place)),
    ...when(timeout.milliseconds !== 0, 'route.timeout', timeout),
  ];
}

/** What makes one call several, or sends it elsewhere; it may stand on the route and around it. */
function checkRepeats(place: Place): readonly Finding[] {
  return [place, place.at('route')].flatMap((at) => [
    ...['retry_policy_typed_config', 'hedge_policy']
      .map((name) => at.at(name))
      .flatMap((policy) => when(policy.exists, 'route.retries', policy)),
    // One that tries nothing again by itself says how, and Sallyport says which.
    ...[at.at('retry_policy', 'retry_on')].flatMap((on) => when((on.text ?? '') !== '', 'route.retries', on)),
    ...when(at.at('request_mirror_policies').exists, 'route.mirror', at.at('request_mirror_policies')),
    ...when(at.at('internal_redirect_policy').exists, 'route.redirect', at.at('internal_redirect_policy')),
  ]);
}

/** Settings of Sallyport's filters that stand on a route or around it. */
function checkSettings(guarded: Guarded, place: Place): readonly Finding[] {
  return doorsOf(guarded).flatMap((door) => {
    const settings = place.at('typed_per_filter_config', door.name);
    if (!settings.exists) return [];
    const wrapped = settings.at('config').exists ? settings.at('config') : settings;
    return [
      ...[settings, wrapped]
        .slice(settings === wrapped ? 1 : 0)
        .flatMap((at) => when(!at.at('disabled').isOff, 'door.off', at.at('disabled'))),
      ...(door === guarded.authz ? checkAuthzRoute(wrapped.at('check_settings')) : checkProcRoute(wrapped)),
    ];
  });
}

function checkAuthzRoute(settings: Place): readonly Finding[] {
  const [off, body, elsewhere] = [
    settings.at('disable_request_body_buffering'),
    settings.at('with_request_body'),
    settings.at('grpc_service'),
  ];
  return [
    ...when(!off.isOff, 'authz.no-body', off),
    ...(body.exists ? checkBody(body) : []),
    ...when(elsewhere.exists, 'route.asks-elsewhere', elsewhere),
    ...when(settings.at('http_service').exists, 'door.http', settings.at('http_service')),
  ];
}

function checkProcRoute(settings: Place): readonly Finding[] {
  const overrides = settings.at('overrides');
  return [
    ...when(!overrides.at('failure_mode_allow').isOff, 'proc.failure-mode-allow', overrides.at('failure_mode_allow')),
    ...when(overrides.at('processing_mode').exists, 'proc.bodies', overrides.at('processing_mode')),
    ...when(overrides.at('grpc_service').exists, 'route.asks-elsewhere', overrides.at('grpc_service')),
  ];
}

/** Whether each route says which server it is for; where that is what was dialled, none has to. */
function checkNamed(guarded: Guarded, forwarding: readonly RouteEntry[]): readonly Finding[] {
  if (restoresDestination(guarded)) return [];
  return isInspect(guarded) ? checkNames(forwarding) : forwarding.flatMap((entry) => checkServer(guarded, entry));
}

function checkServer({ authz }: Guarded, { route, around }: RouteEntry): readonly Finding[] {
  const settings = around.map((place) => authzSettings(place, authz));
  const named = settings.some((place) => place.at('check_settings', 'context_extensions', 'server').exists);
  // Of a route that asks nobody there is worse to tell.
  return when(!named && settings.every((place) => place.at('disabled').isOff), 'route.no-server', route);
}

function authzSettings(place: Place, authz: HttpFilter | undefined): Place {
  const settings = place.at('typed_per_filter_config', authz?.name ?? '');
  return settings.at('config').exists ? settings.at('config') : settings;
}

function checkNames(entries: readonly RouteEntry[]): readonly Finding[] {
  const leadsTo = new Map<string, string | undefined>();
  return entries.flatMap(({ route }) => {
    const name = route.at('name').text;
    if (name === undefined || name === '') return [finding('route.no-name', route)];
    const cluster = route.at('route', 'cluster').text;
    const twin = leadsTo.has(name) && leadsTo.get(name) !== cluster;
    leadsTo.set(name, cluster);
    return when(twin, 'route.same-name', route.at('name'));
  });
}
