/**
 * Whether a resource URI reads the same for whoever resolves it.
 *
 * Not plain are: dot segments, also percent-encoded; encoded slashes, backslashes and NULs; backslashes, controls and
 * spaces; a user part before the host. A rule that names `file:///workspace/*` cannot say whether it means
 * `file:///workspace/../etc`, so such a URI is refused wherever rules tell resources apart.
 */
export function isPlainUri(uri: string): boolean {
  // oxlint-disable-next-line no-control-regex -- controls are what is looked for
  if (/[\u0000-\u0020\u007f\\]|%(?:2f|5c|0[0-9a-f]|1[0-9a-f]|7f)/i.test(uri)) return false;
  const path = uri.replace(/^[a-z][a-z0-9+.-]*:/i, '').replace(/[?#].*$/s, '');
  if (/^\/\/[^/]*@/.test(path)) return false;
  return !path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
}
