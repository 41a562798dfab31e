import { cleanPath } from '../request/clean-path.ts';
import { metadataPath, ROOT_METADATA_PATH } from '../refusal/metadata.ts';
import type { PassthroughRoute, ProxyAssembly, ProxyServer } from './proxy-assembly.ts';

/** What a path of this listener names. */
export type Routed =
  | { readonly kind: 'server'; readonly server: ProxyServer }
  | { readonly kind: 'metadata'; readonly server: ProxyServer }
  | { readonly kind: 'passthrough'; readonly route: PassthroughRoute }
  | { readonly kind: 'nothing' };

/**
 * What `target` (the request target as sent) names. MCP routes and metadata match whole and take no query; passthrough
 * matches by segments.
 */
export function routeOf(
  target: string,
  { servers, passthrough }: Pick<ProxyAssembly<never>, 'servers' | 'passthrough'>,
): Routed {
  const [before = '', query, ...more] = target.split('?');
  const path = more.length > 0 ? undefined : cleanPath(before);
  if (path === undefined) return { kind: 'nothing' };
  if (query !== undefined) return passthroughAt(path, /^[\x21\x22\x24-\x7e]*$/.test(query) ? passthrough : []);
  const server = servers.find(({ route }) => route === path);
  if (server !== undefined) return { kind: 'server', server };
  const described = servers.find(({ resource }) => resource !== undefined && metadataPath(resource) === path);
  if (described !== undefined) return { kind: 'metadata', server: described };
  const [only, ...others] = servers;
  if (path === ROOT_METADATA_PATH && only?.resource !== undefined && others.length === 0) {
    return { kind: 'metadata', server: only };
  }
  return passthroughAt(path, passthrough);
}

function passthroughAt(path: string, routes: readonly PassthroughRoute[]): Routed {
  const route = routes.find(({ prefix }) => path === prefix || path.startsWith(prefix.replace(/\/?$/, '/')));
  return route === undefined ? { kind: 'nothing' } : { kind: 'passthrough', route };
}
