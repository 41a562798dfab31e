import type { ProtectedResource } from './protected-resource.ts';
import type { Reply } from './reply.ts';

/** Where the metadata of a resource without a path stands (RFC 9728 §3). */
export const ROOT_METADATA_PATH = '/.well-known/oauth-protected-resource';

/** The path of a resource's metadata: the well-known part before its own path (RFC 9728 §3.1). */
export function metadataPath({ identifier }: ProtectedResource): string {
  const { pathname } = new URL(identifier);
  return `${ROOT_METADATA_PATH}${pathname === '/' ? '' : pathname}`;
}

/** The URL that challenges name as `resource_metadata` (RFC 9728 §5.1). */
export function metadataUrl(resource: ProtectedResource): string {
  return new URL(metadataPath(resource), resource.identifier).href;
}

/** The metadata document (RFC 9728 §2). */
function metadataDocument({ identifier, authorizationServers, scopes }: ProtectedResource): string {
  return JSON.stringify({
    resource: identifier,
    authorization_servers: authorizationServers,
    bearer_methods_supported: ['header'],
    ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
  });
}

/** The document as it is served: public by purpose, a client without a token reads here where to get one (RFC 9728 §3). */
export function metadataReply(resource: ProtectedResource): Reply {
  return {
    status: 200,
    headers: [
      ['content-type', 'application/json'],
      ['cache-control', 'max-age=60'],
    ],
    body: Buffer.from(metadataDocument(resource)),
  };
}
