import type { Catalogue } from '../catalogue/catalogue.ts';
import { serversOf } from './check-names.ts';
import type { Findings } from './findings.ts';
import type { Rule } from './rule.ts';
import { placesOf } from './rule-places.ts';

/** Warns of fallbacks that are never taken: nothing is kept for them, or what they wait for does not come. */
export function warnOfFallback(rule: Rule, catalogue: Catalogue, findings: Findings): void {
  const { fallback, source, path } = rule;
  if (fallback === undefined) return;
  const { on, source: from } = fallback;
  const servers = serversOf(rule, catalogue).filter((server) => placesOf(rule.match, server).length > 0);
  for (const { name, config } of servers) {
    if (from.kind === 'cached' && !from.shared && config.identity === 'anonymous') {
      const message = `callers of ${JSON.stringify(name)} cannot be told apart, so nothing is kept for them.`;
      const suggestion = 'Write shared: true if each may have what another asked for.';
      findings.warning(source, [...path, 'fallback', 'cached'], message, suggestion);
    }
    if (!on.failed && config.breaker === undefined) {
      const message = `${JSON.stringify(name)} has no breaker that could be open.`;
      findings.warning(source, [...path, 'fallback', 'on'], message, 'Add failed, or a breaker to the server.');
    }
  }
}
