/**
 * The thread that reads large bodies: gets a `ParseOrder`, answers a `ParseAnswer`, one at a time.
 *
 * @module
 */
import { parentPort } from 'node:worker_threads';
import type { JsonValue } from '../kit/json.ts';
import { type JsonLimits, type JsonRefusal, parseJson } from './parse-json.ts';

export interface ParseOrder {
  readonly bytes: Uint8Array;
  readonly limits: JsonLimits;
}

/** What can cross to the main thread: a `ParsedJson` without its function. */
export type ParseAnswer =
  | { readonly kind: 'json'; readonly value: JsonValue; readonly sawFraction: boolean }
  | JsonRefusal;

parentPort?.on('message', ({ bytes, limits }: ParseOrder) => {
  const parsed = parseJson(bytes, limits);
  const { kind } = parsed;
  const answer: ParseAnswer = kind === 'json' ? { kind, value: parsed.value, sawFraction: parsed.sawFraction } : parsed;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads, not a window
  parentPort?.postMessage(answer);
});
