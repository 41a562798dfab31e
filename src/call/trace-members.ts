import { isJsonObject } from '../kit/json.ts';
import type { Call, Span } from './call.ts';
import type { Replacement } from './replace-spans.ts';

/** What `_meta` of a request is to say of the trace it belongs to (MCP, "Trace context"). */
export interface TraceMembers {
  readonly traceparent: string;
  readonly tracestate?: string;
  /** Whether a message that says nothing of a trace is to say it. */
  readonly sampled: boolean;
  /** Whether `baggage` stays as it is; else it is emptied. */
  readonly trusted: boolean;
}

/**
 * The changes of a body by which its `_meta` says so. What is there is replaced, what is missing goes in as the first member, and
 * every other byte stays.
 *
 * Only of requests with `params`: none for other messages, and none where nothing has to be said.
 */
export function traceReplacements(
  call: Pick<Call, 'kind' | 'params' | 'spanOf'>,
  members: TraceMembers,
): readonly Replacement[] {
  if (call.kind !== 'request') return [];
  const meta = call.params.get('_meta');
  if (!isJsonObject(meta)) return meta === undefined && members.sampled ? newMeta(call, members) : [];
  if (!members.sampled && !meta.has('traceparent') && !meta.has('baggage') && !meta.has('tracestate')) return [];
  return changedMeta(call, meta, members);
}

function newMeta({ params, spanOf }: Pick<Call, 'params' | 'spanOf'>, members: TraceMembers): readonly Replacement[] {
  const text = `"_meta":{${written([['traceparent', members.traceparent], ...stateOf(members)])}}`;
  return insertion(spanOf(['params']), text, params.size > 0);
}

function changedMeta(
  { spanOf }: Pick<Call, 'spanOf'>,
  meta: ReadonlyMap<string, unknown>,
  members: TraceMembers,
): readonly Replacement[] {
  const wanted = new Map([['traceparent', members.traceparent], ...stateOf(members)]);
  const changes: Replacement[] = [];
  const replace = (name: string, value: string): void => {
    const span = spanOf(['params', '_meta', name]);
    if (span !== undefined) changes.push({ span, text: JSON.stringify(value) });
  };
  for (const name of ['traceparent', 'tracestate']) if (meta.has(name)) replace(name, wanted.get(name) ?? '');
  if (meta.has('baggage') && !members.trusted) replace('baggage', '');
  const missing = [...wanted].filter(([name]) => !meta.has(name));
  if (missing.length === 0) return changes;
  return [...changes, ...insertion(spanOf(['params', '_meta']), written(missing), meta.size > 0)];
}

function stateOf({ tracestate }: TraceMembers): readonly (readonly [string, string])[] {
  return tracestate === undefined ? [] : [['tracestate', tracestate]];
}

function written(members: readonly (readonly [name: string, value: string])[]): string {
  return members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',');
}

/** Members put first into the object that stands at `span`. */
function insertion(span: Span | undefined, text: string, hasOthers: boolean): readonly Replacement[] {
  if (span === undefined) return [];
  const at = span.start + 1;
  return [{ span: { start: at, end: at }, text: hasOthers ? `${text},` : text }];
}
