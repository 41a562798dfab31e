/** Names under which filters have their metadata and their settings on routes. */
export const EXT_AUTHZ = 'envoy.filters.http.ext_authz';
export const EXT_PROC = 'envoy.filters.http.ext_proc';
export const MATCH_DELEGATE = 'envoy.filters.http.match_delegate';

/** The `@type` of one of Envoy's extensions. */
export function typeUrl(name: string): string {
  return `type.googleapis.com/envoy.extensions.${name}`;
}
