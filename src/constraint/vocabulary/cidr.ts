import { type Block, isInBlock, parseAddress, parseBlock } from '../address/parse-address.ts';
import { ConstraintError } from '../constraint-error.ts';
import { sayNames } from '../say.ts';
import { type ConstraintKind, violation } from './kind.ts';
import type { Spec } from './spec.ts';
import { withHint } from './tighten.ts';

/** `{c: cidr, ranges: [10.0.0.0/8, …]}`: an IP address inside one of these blocks. IPv4-mapped IPv6 counts as IPv4. */
export const cidr: ConstraintKind = {
  members: ['ranges'],
  compile(spec) {
    const blocks = readBlocks(spec);
    const allowed = `an IP address in ${sayNames(spec.texts('ranges') ?? [])}`;
    return {
      check: (value) => {
        const address = typeof value === 'string' ? parseAddress(value) : undefined;
        const inside = address !== undefined && blocks.some((block) => isInBlock(address, block));
        return inside ? undefined : violation(`must be ${allowed}`, allowed);
      },
      narrow: (schema) => withHint(schema, allowed),
    };
  },
};

function readBlocks(spec: Spec): Block[] {
  const ranges = spec.texts('ranges');
  if (ranges === undefined) throw spec.error('ranges', 'cidr needs the list ranges');
  return ranges.map((text, index) => {
    const block = parseBlock(text);
    if (block !== undefined) return block;
    throw new ConstraintError(
      spec.at('ranges', index),
      'must be a CIDR block with zero host bits',
      'For example 10.0.0.0/8.',
    );
  });
}
