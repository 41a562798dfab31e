import type { LimitTier } from '../../stages/limit/limit-store.ts';

const DOUBLE = 8;
const FIELDS = 4;

/** The tiers and the cost as the script reads them: little-endian doubles, which hold these integers exactly. */
export function packTiers(tiers: readonly LimitTier[], cost: number): Buffer {
  const packed = Buffer.allocUnsafe(tiers.length * FIELDS * DOUBLE);
  let at = 0;
  for (const { periodMs, refill, burst } of tiers) {
    for (const field of [periodMs, refill, burst, cost]) at = packed.writeDoubleLE(field, at);
  }
  return packed;
}
