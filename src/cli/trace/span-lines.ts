import { boundText } from '../../kit/bound-text.ts';
import type { FoundSpan } from './found-span.ts';
import type { TracedLine } from './traced-line.ts';

/** The spans that belong to one call, and how many others its trace has. */
export interface SpansOfCall {
  readonly lines: readonly TracedLine[];
  readonly others: number;
}

const MAX_TEXT = 300;
/** A place further below is shown as far below as this. */
const MAX_DEPTH = 20;

/**
 * What is above the span of a call, which is its agent's, and all that is below it: checks, trips, and what the tool server did.
 * Each is indented by its place. What else an agent did in the same trace is only counted.
 *
 * @param callSpanId Span of the call by its record. Where no such span was kept, all of the trace are shown.
 */
export function spanLines(spans: readonly FoundSpan[], callSpanId: string | undefined): SpansOfCall {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const call = callSpanId === undefined ? undefined : byId.get(callSpanId);
  const shown = call === undefined ? new Set(byId.values()) : new Set([...above(call, byId), ...below(call, spans)]);
  const placed = [...shown].map((span) => ({
    span,
    depth: above(span, byId).filter((one) => shown.has(one)).length - 1,
  }));
  return {
    // Of those that began at the same time the upper one is told first.
    lines: placed.toSorted((one, other) => one.depth - other.depth).map(({ span, depth }) => spanLine(span, depth)),
    others: byId.size - shown.size,
  };
}

/** The span and those above it, upwards. Ids of others may go in a circle. */
function above(span: FoundSpan, byId: ReadonlyMap<string, FoundSpan>): readonly FoundSpan[] {
  const found = new Set<FoundSpan>();
  for (let at: FoundSpan | undefined = span; at !== undefined && !found.has(at); at = byId.get(at.parentId))
    found.add(at);
  return [...found];
}

function below(span: FoundSpan, spans: readonly FoundSpan[]): ReadonlySet<FoundSpan> {
  const children = Map.groupBy(spans, ({ parentId }) => parentId);
  const found = new Set([span]);
  // A set that grows while it is gone through is gone through to its end.
  for (const { spanId } of found) for (const child of children.get(spanId) ?? []) found.add(child);
  return found;
}

function spanLine(
  { kind, name, startMs, endMs, service, spanId, parentId, failed }: FoundSpan,
  depth: number,
): TracedLine {
  const parts = [
    kind,
    name,
    `${(endMs - startMs).toFixed(2)} ms`,
    failed ? 'failed' : '',
    service === '' ? '' : `service=${service}`,
    `span=${spanId}`,
    parentId === '' ? '' : `parent=${parentId}`,
  ];
  const text = parts.filter((part) => part !== '').map((part) => boundText(part, MAX_TEXT));
  return { atMs: startMs, from: 'span', text: `${'  '.repeat(Math.min(depth, MAX_DEPTH))}${text.join('  ')}` };
}
