import type { Problem } from '../kit/problem.ts';
import { nearest } from '../kit/nearest.ts';
import type { YamlSource } from '../source/yaml-source.ts';
import { endpointOf, endpointOfUrl, isLoopback, isSameEndpoint } from './loopback.ts';
import { checkDoors } from './check-doors.ts';
import { proxyListeners } from './listeners-of.ts';
import type { Config } from './schema.ts';

/** What a section cannot say about itself: names that must exist elsewhere, and addresses that must not meet. */
export function checkConfig(config: Config, source: YamlSource): readonly Problem[] {
  return [
    ...checkRules(config, source),
    ...checkListeners(config, source),
    ...checkListenerNames(config, source),
    ...checkIssuers(config, source),
    ...checkPassthrough(config, source),
    ...checkLoops(config, source),
    ...checkDoors(config, source),
  ];
}

/** Rules beside a bundle would be rules that nobody signed. */
function checkRules({ policies, policy_bundle: bundle }: Config, source: YamlSource): readonly Problem[] {
  if (bundle === undefined || policies.length === 0) return [];
  const advice = 'Put all rules into the bundle and remove policies, or the other way round.';
  return [source.problem(['policy_bundle'], 'rules come from a bundle or from policies, not from both.', advice)];
}

function checkListeners(config: Config, source: YamlSource): readonly Problem[] {
  const all = proxyListeners(config);
  return all.flatMap(([name, { bind, plaintext, tls }], index) => {
    const at = ['listeners', name];
    const problems: Problem[] = [];
    if (tls === undefined && !plaintext && !isLoopback(endpointOf(bind).host)) {
      const advice = 'Add tls, bind a loopback address, or say plaintext: true if something in front has TLS.';
      problems.push(source.problem([...at, 'bind'], `${bind} can be reached from other hosts without TLS.`, advice));
    }
    if (tls?.require_client_certificate === true && tls.client_ca === undefined) {
      const advice = 'Add client_ca with the CA certificates that sign client certificates.';
      problems.push(
        source.problem([...at, 'tls'], 'client certificates are required and none can be verified.', advice),
      );
    }
    const twin = all.slice(0, index).find(([, other]) => bind === other.bind && !bind.endsWith(':0'));
    if (twin !== undefined) {
      problems.push(source.problem([...at, 'bind'], `"${twin[0]}" has the same address.`, 'Give it another port.'));
    }
    return problems;
  });
}

function checkListenerNames({ listeners, servers, passthrough }: Config, source: YamlSource): readonly Problem[] {
  const known = Object.keys(listeners);
  const check = (section: string, entries: Config['servers'] | Config['passthrough']): Problem[] =>
    Object.entries(entries)
      .filter(([, { listener }]) => !known.includes(listener))
      .map(([name, { listener }]) => {
        const meant = nearest(listener, known);
        const advice =
          meant === undefined ? `Listeners: ${known.join(', ')}.` : `Did you mean ${JSON.stringify(meant)}?`;
        return source.problem([section, name, 'listener'], `there is no listener ${JSON.stringify(listener)}.`, advice);
      });
  return [...check('servers', servers), ...check('passthrough', passthrough)];
}

function checkIssuers({ authenticate, servers, passthrough }: Config, source: YamlSource): readonly Problem[] {
  if (authenticate.issuers.length > 0) return [];
  const needy = [
    ...Object.entries(servers).map(([name, { identity }]) => ['servers', name, identity] as const),
    ...Object.entries(passthrough).map(([name, { identity }]) => ['passthrough', name, identity] as const),
  ].filter(([, , identity]) => identity === 'token');
  return needy.map(([section, name]) =>
    source.problem(
      [section, name],
      'callers need a token, and no issuer of tokens is configured.',
      'Add one to authenticate.issuers, or say identity: anonymous.',
    ),
  );
}

function checkPassthrough({ passthrough, servers }: Config, source: YamlSource): readonly Problem[] {
  const routes = Object.entries(passthrough);
  return routes.flatMap(([name, route], index) => {
    const at = ['passthrough', name];
    const problems: Problem[] = [];
    for (const [server, { upstream, listener, route: path }] of Object.entries(servers)) {
      if (isSameEndpoint(endpointOfUrl(route.upstream), endpointOfUrl(upstream))) {
        const message = `leads to the upstream of server "${server}", whose calls would not be judged.`;
        problems.push(source.problem([...at, 'upstream'], message, 'Remove the route.'));
      }
      if (listener === route.listener && covers(route.route, path)) {
        problems.push(
          source.problem([...at, 'route'], `covers ${path} of server "${server}".`, 'Choose another path.'),
        );
      }
    }
    const twin = routes
      .slice(0, index)
      .find(([, other]) => other.listener === route.listener && other.route === route.route);
    if (twin !== undefined) {
      problems.push(source.problem([...at, 'route'], `"${twin[0]}" has the same route.`, 'Make them differ.'));
    }
    if ((route.usage === undefined) !== (route.budget === undefined)) {
      const advice = 'Say both, or neither of them.';
      problems.push(source.problem(at, 'usage and budget need each other.', advice));
    }
    if (route.identity === 'token' && route.resource === undefined) {
      const advice = 'Add resource with the URL that callers use, or say identity: anonymous.';
      problems.push(source.problem(at, 'tokens need a resource to be for.', advice));
    }
    if (route.identity === 'token' && route.pass_headers.includes('authorization')) {
      const message = 'the access token of this route is for nobody else, so it is not passed on.';
      problems.push(source.problem([...at, 'pass_headers'], message, 'Remove authorization.'));
    }
    return problems;
  });
}

/** Our own listener as upstream would be called by its own calls. */
function checkLoops(config: Config, source: YamlSource): readonly Problem[] {
  const { servers, passthrough } = config;
  const own = proxyListeners(config).map(([name, { bind }]) => [name, endpointOf(bind)] as const);
  const check = (section: string, entries: Config['servers'] | Config['passthrough']): Problem[] =>
    Object.entries(entries).flatMap(([name, { upstream }]) => {
      const listener = own.find(([, endpoint]) => isSameEndpoint(endpoint, endpointOfUrl(upstream)));
      if (listener === undefined) return [];
      const message = `leads back to the listener "${listener[0]}".`;
      return [source.problem([section, name, 'upstream'], message, 'Name the address of the tool server itself.')];
    });
  return [...check('servers', servers), ...check('passthrough', passthrough)];
}

function covers(prefix: string, path: string): boolean {
  return prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);
}
