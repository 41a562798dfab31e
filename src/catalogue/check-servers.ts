import type { Problem } from '../kit/problem.ts';
import type { YamlSource } from '../source/yaml-source.ts';
import type { ServerConfig } from './config.ts';

/**
 * What the shape of the `servers:` section cannot say: fields that need each other, and servers that would be taken for
 * one another.
 */
export function checkServers(servers: ReadonlyMap<string, ServerConfig>, source: YamlSource): readonly Problem[] {
  return [
    ...[...servers].flatMap(([name, config]) => checkServer(name, config, source)),
    // A token names one server by its resource: two servers with the same one would take each other's tokens.
    ...twins(servers, source, 'resource', ({ resource }) => resource),
  ];
}

function checkServer(name: string, config: ServerConfig, source: YamlSource): readonly Problem[] {
  const at = (field: string, message: string, suggestion: string): Problem =>
    source.problem(['servers', name, field], message, suggestion);
  const problems: Problem[] = [];
  if (config.identity === 'token' && config.resource === undefined) {
    problems.push(
      at('resource', 'tokens need a resource to be for.', 'Write the URL that callers use for this server.'),
    );
  }
  if (config.identity === 'anonymous' && config.capability === 'token') {
    const advice = 'Write capability: none, or identity: token.';
    problems.push(at('capability', 'an anonymous caller has no token that could grant anything.', advice));
  }
  if (config.upstreamTls !== undefined && !config.upstream.startsWith('https:')) {
    problems.push(at('upstream_tls', 'the upstream is not an https URL.', 'Remove upstream_tls, or use https.'));
  }
  if ((config.upstreamTls?.certificate === undefined) !== (config.upstreamTls?.key === undefined)) {
    problems.push(at('upstream_tls', 'certificate and key go together.', 'Write both or neither.'));
  }
  return problems;
}

function twins(
  servers: ReadonlyMap<string, ServerConfig>,
  source: YamlSource,
  field: string,
  identityOf: (config: ServerConfig) => string | undefined,
): readonly Problem[] {
  const owners = new Map<string, string>();
  return [...servers].flatMap(([name, config]) => {
    const identity = identityOf(config);
    if (identity === undefined) return [];
    const owner = owners.get(identity);
    if (owner !== undefined) {
      return [source.problem(['servers', name, field], `"${owner}" has the same ${field}.`, 'Make them differ.')];
    }
    owners.set(identity, name);
    return [];
  });
}
