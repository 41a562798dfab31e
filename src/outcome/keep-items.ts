import type { Replacement } from '../call/replace-spans.ts';
import type { ScannedValue } from '../call/scan-json.ts';

/**
 * The edit that leaves `kept` in the array at `list`; `undefined` when nothing changes.
 *
 * @param texts The items as received.
 * @param kept What becomes of each: the same bytes, other bytes, or `undefined` to drop it.
 */
export function keepItems(
  list: ScannedValue,
  texts: readonly Uint8Array[],
  kept: readonly (Uint8Array | undefined)[],
): Replacement | undefined {
  if (kept.every((text, index) => text === texts[index])) return undefined;
  const items = kept.filter((text) => text !== undefined);
  const parts = items.flatMap((text, index) => (index === 0 ? [text] : [COMMA, text]));
  return { span: list, text: Buffer.concat([OPEN, ...parts, CLOSE]) };
}

const OPEN = Buffer.from('[');
const COMMA = Buffer.from(',');
const CLOSE = Buffer.from(']');
