/**
 * The path of a request target, when every party reads it alike: absolute, plain ASCII, no escapes, no empty or dot segments,
 * no query, no fragment.
 *
 * @returns `undefined` for anything else; it then names nothing here, whatever it would normalise to.
 */
export function cleanPath(target: string): string | undefined {
  if (!/^\/(?:[\w~!$&'()*+,;=:@.-]+(?:\/[\w~!$&'()*+,;=:@.-]+)*\/?)?$/.test(target)) return undefined;
  return target.split('/').some((segment) => segment === '.' || segment === '..') ? undefined : target;
}
