/** A dot segment, or an empty one, for those who drop `;` and what follows in each segment, as Tomcat does. */
const HIDDEN_STEP = /^\.{0,2};/;

/**
 * The path of a request target, when every party reads it alike: absolute, plain ASCII, no escapes, no empty or dot segments,
 * also none before a `;`, no query, no fragment.
 *
 * @returns `undefined` for anything else; it then names nothing here, whatever it would normalise to.
 */
export function cleanPath(target: string): string | undefined {
  if (!/^\/(?:[\w~!$&'()*+,;=:@.-]+(?:\/[\w~!$&'()*+,;=:@.-]+)*\/?)?$/.test(target)) return undefined;
  return target.split('/').some(isStep) ? undefined : target;
}

function isStep(segment: string): boolean {
  return segment === '.' || segment === '..' || HIDDEN_STEP.test(segment);
}
