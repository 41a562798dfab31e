/** The member of a result's `_meta` by which whoever reads it knows that it stands in for another. */
export const FALLBACK_MARK = 'sallyport/fallback';

/** What it says. */
export interface Mark {
  readonly decisionId: string;
  readonly rule: string;
  readonly source: 'static' | 'cached' | 'server';
  /** The server that answered. */
  readonly server?: string;
  /** Why the tool's own answer could not be had. */
  readonly reason: string;
  readonly ageMs?: number;
}

/** The mark as a member, JSON text without braces. */
export function markText({ decisionId, rule, source, server, reason, ageMs }: Mark): string {
  const age = ageMs === undefined ? {} : { age_seconds: Math.ceil(ageMs / 1000) };
  const said = { source, ...(server === undefined ? {} : { server }), rule, reason, ...age, decision_id: decisionId };
  return `${JSON.stringify(FALLBACK_MARK)}:${JSON.stringify(said)}`;
}
