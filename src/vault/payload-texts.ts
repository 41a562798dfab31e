import { RECORD_SEPARATOR } from './open-reply.ts';
import type { KeptHead } from './payload-head.ts';

/** The messages of a reply, or the arguments, as they came; nothing of a payload that is not kept whole. */
export function payloadTexts({ kind, kept }: Pick<KeptHead, 'kind' | 'kept'>, bytes: Buffer): readonly string[] {
  if (kept !== 'whole') return [];
  if (kind === 'arguments') return [bytes.toString()];
  return bytes
    .toString()
    .split(String.fromCharCode(RECORD_SEPARATOR))
    .slice(1)
    .map((text) => text.slice(0, -1));
}
