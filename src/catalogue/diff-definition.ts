import { canonicalJson } from '../kit/canonical-json.ts';
import { pointerStep } from '../kit/json-pointer.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { visibleText } from './visible-text.ts';

/** One place where two definitions differ. Every text in it is printable and bounded. */
export interface Difference {
  readonly kind: 'added' | 'removed' | 'changed';
  /** JSON Pointer (RFC 6901). */
  readonly pointer: string;
  /** What was accepted there; absent when added. */
  readonly accepted?: string;
  /** What is there now; absent when removed. */
  readonly now?: string;
}

/** Most differences listed. */
const MAX_DIFFERENCES = 40;
/** Longest text shown of one side, UTF-16 code units. */
const MAX_SHOWN = 400;
/** Longest pointer step shown. */
const MAX_STEP = 64;
/** Text kept before and after what changed in a string. */
const CONTEXT = 24;

/**
 * Where `now` differs from `accepted`, in the order of the accepted definition, at most 40 places.
 *
 * Written for a person who decides whether to accept: of long strings only the part that differs, hidden characters as
 * escapes. Everything here is the tool server's text: it never ends a line and never reaches a terminal unescaped.
 */
export function diffDefinition(accepted: JsonObject, now: JsonObject): readonly Difference[] {
  const differences: Difference[] = [];
  compare(accepted, now, '', differences);
  return differences;
}

function compare(accepted: JsonValue, now: JsonValue, pointer: string, found: Difference[]): void {
  if (found.length >= MAX_DIFFERENCES) return;
  if (isJsonObject(accepted) && isJsonObject(now)) return compareMembers(accepted, now, pointer, found);
  if (isJsonArray(accepted) && isJsonArray(now)) return compareItems(accepted, now, pointer, found);
  if (typeof accepted === 'string' && typeof now === 'string') {
    if (accepted !== now) found.push({ kind: 'changed', pointer, ...showTexts(accepted, now) });
    return;
  }
  if (canonicalJson(accepted) === canonicalJson(now)) return;
  found.push({ kind: 'changed', pointer, accepted: show(accepted), now: show(now) });
}

function compareMembers(accepted: JsonObject, now: JsonObject, pointer: string, found: Difference[]): void {
  for (const key of new Set([...accepted.keys(), ...now.keys()])) {
    compareSlots(accepted.get(key), now.get(key), `${pointer}/${step(key)}`, found);
  }
}

function compareItems(
  accepted: readonly JsonValue[],
  now: readonly JsonValue[],
  pointer: string,
  found: Difference[],
): void {
  for (let index = 0; index < Math.max(accepted.length, now.length); index++) {
    compareSlots(accepted[index], now[index], `${pointer}/${index}`, found);
  }
}

function compareSlots(
  accepted: JsonValue | undefined,
  now: JsonValue | undefined,
  pointer: string,
  found: Difference[],
): void {
  if (accepted !== undefined && now !== undefined) return compare(accepted, now, pointer, found);
  if (found.length >= MAX_DIFFERENCES) return;
  if (now !== undefined) found.push({ kind: 'added', pointer, now: show(now) });
  else if (accepted !== undefined) found.push({ kind: 'removed', pointer, accepted: show(accepted) });
}

function show(value: JsonValue): string {
  return visibleText(canonicalJson(value), MAX_SHOWN);
}

/** Both texts without what they share at the beginning and at the end, but for a little context. */
function showTexts(accepted: string, now: string): { accepted: string; now: string } {
  const shortest = Math.min(accepted.length, now.length);
  let head = 0;
  while (head < shortest && accepted[head] === now[head]) head++;
  let tail = 0;
  while (tail < shortest - head && accepted.at(-1 - tail) === now.at(-1 - tail)) tail++;
  return { accepted: window(accepted, head, tail), now: window(now, head, tail) };
}

function window(text: string, head: number, tail: number): string {
  const start = Math.max(0, head - CONTEXT);
  const end = Math.min(text.length, text.length - tail + CONTEXT);
  const cut = JSON.stringify(text.slice(start, end));
  return visibleText(`${start > 0 ? '…' : ''}${cut}${end < text.length ? '…' : ''}`, MAX_SHOWN);
}

function step(key: string): string {
  return visibleText(pointerStep(key), MAX_STEP);
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

/** A difference on one line: `+ /pointer: now`, `- /pointer: accepted`, `~ /pointer: accepted → now`. */
export function printDifference({ kind, pointer, accepted, now }: Difference): string {
  const sides = [accepted, now].filter((side) => side !== undefined).join(' → ');
  return `${SIGNS[kind]} ${pointer}: ${sides}`;
}
