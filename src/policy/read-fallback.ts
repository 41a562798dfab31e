import type { SourcePath } from '../source/yaml-source.ts';
import type { FallbackSpec } from './fallback-spec.ts';
import type { WrittenFallback } from './fallback-file.ts';
import type { Findings } from './findings.ts';
import type { WrittenRule } from './policy-file.ts';
import type { PolicySource } from './policy-source.ts';
import type { Effect } from './rule.ts';

/** Reads the `fallback:` of a rule without looking at the catalogue; `undefined` when it has none, or one with errors. */
export function readFallback(
  { source }: PolicySource,
  path: SourcePath,
  written: WrittenRule,
  effect: Effect,
  findings: Findings,
): FallbackSpec | undefined {
  const { id, fallback, mode, match } = written;
  if (effect !== 'fallback') {
    const message = 'only a rule with effect fallback has a fallback.';
    if (fallback !== undefined) findings.errorAtKey(source, [...path, 'fallback'], message, 'Remove it.');
    return undefined;
  }
  if (mode === 'shadow') {
    const message = 'a fallback cannot be a shadow: it is taken or it is not.';
    findings.error(source, [...path, 'mode'], message, 'Remove mode.');
  }
  if (match.tool === undefined) {
    const message = 'a fallback stands in for the result of a tool, and this names none.';
    findings.error(source, [...path, 'match'], message, 'Add tool.');
  }
  if (fallback !== undefined) return fallbackSpecOf(id, fallback);
  const suggestion = 'Add fallback: { cached: { max_age_s: 3600 } }.';
  findings.error(source, [...path, 'effect'], 'a rule with effect fallback needs its fallback.', suggestion);
  return undefined;
}

function fallbackSpecOf(rule: string, { on, static: fixed, cached, server }: WrittenFallback): FallbackSpec {
  const occasions = { open: on.includes('open'), failed: on.includes('failed') };
  if (server !== undefined) return { rule, on: occasions, needsReply: false, source: { kind: 'server', server } };
  const common = { rule, on: occasions, needsReply: occasions.failed || cached !== undefined };
  if (cached !== undefined) {
    return { ...common, source: { kind: 'cached', maxAgeMs: cached.max_age_s * 1000, shared: cached.shared } };
  }
  return { ...common, source: { kind: 'static', members: membersOf(fixed) } };
}

/** `content` is needed in a result; a model that reads no `structuredContent` reads the same there as text. */
function membersOf(fixed: WrittenFallback['static']): string {
  const { text, structured, is_error: isError = false } = fixed ?? {};
  const result = {
    content: [{ type: 'text', text: text ?? JSON.stringify(structured ?? {}) }],
    ...(structured === undefined ? {} : { structuredContent: structured }),
    ...(isError ? { isError } : {}),
  };
  return JSON.stringify(result).slice(1, -1);
}
