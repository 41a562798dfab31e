import type { ReasonCode } from '../../call/reason.ts';
import type { HeaderList } from '../../call/received.ts';
import { metadataPath, ROOT_METADATA_PATH } from '../refusal/metadata.ts';
import type { ProtectedResource } from '../refusal/protected-resource.ts';
import { type AllowedAuthorities, refusedAuthority } from './authority.ts';

/** A server that has one route. */
export interface RoutedServer extends AllowedAuthorities {
  readonly route: string;
  readonly resource: ProtectedResource | undefined;
}

/** What is to be done with a request for a server. */
export type Placed =
  | { readonly kind: 'refused'; readonly reason: ReasonCode; readonly operatorDetail?: string }
  /** It asks for the metadata of the protected resource (RFC 9728 §3), which is public by purpose. */
  | { readonly kind: 'metadata'; readonly resource: ProtectedResource }
  /** It is to be judged. */
  | { readonly kind: 'served' };

/**
 * Looks at what a request shows of where it goes: Host and Origin must be the server's, and the path its route or that of
 * its metadata.
 *
 * @param port The listener's; `undefined` when it is not known.
 */
export function placeRequest(
  headers: HeaderList,
  { method, path }: { readonly method: string; readonly path: string },
  server: RoutedServer,
  port: number | undefined,
): Placed {
  const keptOut = refusedAuthority(headers, server, port);
  if (keptOut !== undefined) return { kind: 'refused', reason: keptOut };
  const { resource } = server;
  if (resource !== undefined && path.startsWith(ROOT_METADATA_PATH) && path === metadataPath(resource)) {
    return method === 'GET' ? { kind: 'metadata', resource } : { kind: 'refused', reason: 'http.method' };
  }
  if (path === server.route) return { kind: 'served' };
  return { kind: 'refused', reason: 'http.route', operatorDetail: 'the path is not the route of the server' };
}
