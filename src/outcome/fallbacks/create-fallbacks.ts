import type { Call, Era } from '../../call/call.ts';
import type { ReasonCode } from '../../call/reason.ts';
import { headerValues } from '../../call/received.ts';
import type { Facts, PinnedTarget, Ruling } from '../../decision/facts.ts';
import type { Elsewhere, Fallbacks, StandIn } from '../../decision/stand-in.ts';
import type { Clock } from '../../kit/clock.ts';
import { sha256Hex } from '../../kit/digest.ts';
import type { FallbackOccasions, FallbackSpec } from '../../policy/fallback-spec.ts';
import { isPlainToolCall, resultPartsIn, type ResultParts } from './kept-result.ts';
import { markText } from './mark.ts';
import type { ResultCache } from './result-cache.ts';

/** Facts with what the rules say of fallbacks. */
export interface FallbackFacts extends Facts {
  readonly ruling: Ruling & { readonly fallbacks?: readonly FallbackSpec[] };
}

export interface FallbacksOptions {
  readonly cache: ResultCache;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Hears what was thrown where nothing should throw. */
  readonly onError: (error: unknown) => void;
}

/** Ways in which a tool server fails before it answers. */
const FAILURES: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'upstream.unreachable',
  'upstream.timeout',
  'upstream.cut',
  'upstream.status',
]);

type CalledFacts = Pick<FallbackFacts, 'call' | 'identity' | 'target' | 'ruling'>;

/** What stands in for the results of tools, as the rules that matched their calls say. */
export function createFallbacks<F extends FallbackFacts>(options: FallbacksOptions): Fallbacks<F> {
  const guarded = <T>(otherwise: T, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      options.onError(error);
      return otherwise;
    }
  };
  return {
    refused: ({ kind, reason }, known) =>
      guarded(undefined, () => {
        const facts = kind === 'deny' && reason === 'breaker.open' ? calledIn<F>(known) : undefined;
        return facts && standIn('open', reason, facts, options);
      }),
    failed: (reason, facts) =>
      guarded(undefined, () => (FAILURES.has(reason) ? standIn('failed', reason, facts, options) : undefined)),
    elsewhere: (reason, facts) => guarded(undefined, () => elsewhere(reason, facts, options)),
    watches: (facts) => specsFor('failed', facts).length > 0,
    keep: (message, facts) => guarded(undefined, () => keep(message, facts, options)),
  };
}

/** What is needed of a call, when it came so far that its rules are known. */
function calledIn<F extends FallbackFacts>({ call, identity, target, ruling }: Partial<F>): CalledFacts | undefined {
  if (call === undefined || identity === undefined || target === undefined || ruling === undefined) return undefined;
  return { call, identity, target, ruling };
}

function specsFor(
  when: keyof FallbackOccasions,
  { call, ruling }: Pick<CalledFacts, 'call' | 'ruling'>,
): readonly FallbackSpec[] {
  if (ruling.fallbacks === undefined || !isPlainToolCall(call)) return [];
  return ruling.fallbacks.filter(({ on }) => on[when]);
}

function standIn(
  when: keyof FallbackOccasions,
  reason: ReasonCode,
  facts: CalledFacts,
  options: FallbacksOptions,
): StandIn | undefined {
  for (const spec of specsFor(when, facts)) {
    const found = partsOf(spec, facts, options);
    if (found === undefined) continue;
    const { rule } = spec;
    const { source } = found;
    const taken = { rule, source, ...(found.ageMs === undefined ? {} : { ageMs: found.ageMs }) };
    const mark = markText({ ...taken, reason, decisionId: facts.call.decisionId });
    return { ...taken, result: `${found.before}${mark}${found.after}` };
  }
  return undefined;
}

function elsewhere(reason: ReasonCode, facts: CalledFacts, options: FallbacksOptions): Elsewhere | undefined {
  // A session is one server's own.
  if (headerValues(facts.call.headers, 'mcp-session-id').length > 0) return undefined;
  const when = reason === 'breaker.open' ? 'open' : FAILURES.has(reason) ? 'failed' : undefined;
  for (const spec of when === undefined ? [] : specsFor(when, facts)) {
    const { rule, source } = spec;
    if (source.kind === 'server') return { rule, server: source.server, reason };
    if (partsOf(spec, facts, options) !== undefined) return undefined;
  }
  return undefined;
}

function partsOf(
  { source }: FallbackSpec,
  facts: CalledFacts,
  { cache, clock }: FallbacksOptions,
): (ResultParts & { readonly ageMs?: number; readonly source: 'static' | 'cached' }) | undefined {
  if (source.kind === 'server') return undefined;
  if (source.kind === 'static') return { source: 'static', ...fixedParts(source.members, facts.call.era) };
  const key = keyOf(facts, source.shared);
  const kept = key === undefined ? undefined : cache.get(key);
  if (kept === undefined) return undefined;
  const ageMs = clock.monotonicMs() - kept.keptMs;
  return ageMs <= source.maxAgeMs ? { source: 'cached', ...kept.parts, ageMs } : undefined;
}

/** Results of 2026-07-28 say of which kind they are. */
function fixedParts(members: string, era: Era): ResultParts {
  const kind = era === 'modern' ? '"resultType":"complete",' : '';
  return { before: '{"_meta":{', after: `},${kind}${members}}` };
}

function keep(message: Uint8Array, facts: CalledFacts, { cache, clock }: FallbacksOptions): void {
  const kinds = cachedKinds(facts);
  const parts = kinds.length === 0 ? undefined : resultPartsIn(message);
  if (parts === undefined) return;
  for (const shared of kinds) {
    const key = keyOf(facts, shared);
    if (key !== undefined) cache.put(key, callerOf(facts), { parts, keptMs: clock.monotonicMs() });
  }
}

/** Whether results of this call are kept for its caller, for all, or both. */
function cachedKinds({ call, ruling }: CalledFacts): readonly boolean[] {
  if (ruling.fallbacks === undefined || !isPlainToolCall(call)) return [];
  const kinds = ruling.fallbacks.flatMap(({ source }) => (source.kind === 'cached' ? [source.shared] : []));
  return [...new Set(kinds)];
}

/**
 * What a result is kept under: the pinned tool, the arguments and, unless it is shared, the caller.
 *
 * @returns `undefined` for one that nothing may be kept for: callers without a token cannot be told apart, so one of them would
 *   get what another asked for.
 */
function keyOf(facts: CalledFacts, shared: boolean): string | undefined {
  const { call, identity, target } = facts;
  if (!shared && identity.kind !== 'token') return undefined;
  return sha256Hex(JSON.stringify([...whatIsCalled(call, target), shared ? [] : [callerOf(facts)]]));
}

function whatIsCalled(call: Call, { name, pin }: PinnedTarget): readonly unknown[] {
  return [call.server, name, pin, call.era, call.argsDigest()];
}

function callerOf({ identity: { tenant = '', principal } }: CalledFacts): string {
  return JSON.stringify([tenant, principal]);
}
