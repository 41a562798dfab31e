import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Decoder, Read } from './decoders.ts';

/** What was seen of one decoder. */
export interface DecoderRun {
  readonly messages: number;
  readonly bytes: number;
  /** Read, and as the oracle reads it. */
  readonly read: number;
  readonly refused: ReadonlyMap<string, number>;
  /** Microseconds that the slowest message took, collections included. */
  readonly slowestUs: number;
  /** What must not be: the bytes that ours threw on, read otherwise than the oracle, or read where the oracle does not. */
  readonly failures: readonly string[];
}

/** Messages that are made from one set of whole ones. */
const BATCH = 5000;

/** Reads `messages` messages, half with changed bytes and half with changed fields; the same of one `seed`. */
export function runDecoder(decoder: Decoder, messages: number, seed: number): DecoderRun {
  const seen = { bytes: 0, read: 0, refused: new Map<string, number>(), slowestUs: 0, failures: [] as string[] };
  for (let done = 0, batch = seed; done < messages; done += BATCH, batch += 1) {
    const make = (done / BATCH) % 2 === 0 ? decoder.mutated : decoder.rearranged;
    const made = fc.sample(make(batch), { numRuns: Math.min(BATCH, messages - done), seed: batch });
    for (const bytes of made) {
      seen.bytes += bytes.length;
      const [found, us] = timed(() => decoder.read(bytes));
      seen.slowestUs = Math.max(seen.slowestUs, us);
      const failure = failureOf(decoder, bytes, found);
      if (failure !== undefined) seen.failures.push(`${failure}: ${bytes.toString('hex')}`);
      else if (found?.kind === 'refused') seen.refused.set(found.why, (seen.refused.get(found.why) ?? 0) + 1);
      else seen.read += 1;
    }
  }
  return { messages, ...seen };
}

/** What `read` gives, `undefined` when it throws, and the microseconds it took. */
function timed(read: () => Read): readonly [found: Read | undefined, us: number] {
  const begin = performance.now();
  let found: Read | undefined;
  try {
    found = read();
  } catch {
    found = undefined;
  }
  return [found, (performance.now() - begin) * 1000];
}

function failureOf(decoder: Decoder, bytes: Buffer, found: Read | undefined): string | undefined {
  if (found === undefined) return 'thrown';
  if (found.kind === 'refused') return found.why === 'unreadable' ? 'thrown within' : undefined;
  let theirs: unknown;
  try {
    theirs = decoder.oracle(bytes);
  } catch {
    return 'refused by the oracle';
  }
  return isDeepStrictEqual(found.value, theirs) ? undefined : 'read otherwise';
}
