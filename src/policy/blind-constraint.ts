/** A constraint that answers "does not hold" also when it cannot tell, and what a deny rule says instead. */
export interface BlindConstraint {
  readonly kind: string;
  /** A suggestion for an argument of this name. */
  instead(argument: string): string;
}

/**
 * Constraints that parse their value like the target does. They accept only what they are sure of, which is right for
 * allow and require, and wrong for deny: `/workspace/../etc` is not surely under `/etc`. The CEL functions of the same
 * names fail on ambiguity instead, and an error refuses.
 */
const BLIND = new Map<string, (argument: string) => string>([
  ['path_under', (argument) => `Write when: path.under(args.${argument}, "/…") instead: it fails on ambiguous paths.`],
  ['url', (argument) => `Write when: url.host(args.${argument}) == "…" instead: it fails on ambiguous URLs.`],
  ['cidr', (argument) => `Write when: cidr.has("…", args.${argument}) instead: it fails on what is no address.`],
  ['cel', () => 'Write the condition in when: there an error refuses.'],
]);

/** The first such constraint in a written one, at any depth of `all` and `any`. */
export function blindConstraint(spec: unknown): BlindConstraint | undefined {
  if (typeof spec !== 'object' || spec === null) return undefined;
  if ('c' in spec && typeof spec.c === 'string') {
    const instead = BLIND.get(spec.c);
    if (instead !== undefined) return { kind: spec.c, instead };
  }
  if (!('of' in spec) || !Array.isArray(spec.of)) return undefined;
  for (const part of spec.of) {
    const blind = blindConstraint(part);
    if (blind !== undefined) return blind;
  }
  return undefined;
}
