/**
 * What a rule puts in the place of an answer that cannot be had.
 */
export interface FallbackSpec {
  /** The rule: its name in replies and records. */
  readonly rule: string;
  readonly on: FallbackOccasions;
  /** Whether it needs the tool server's replies to be seen. */
  readonly needsReply: boolean;
  readonly source: FallbackSource;
}

/** When a fallback is taken. */
export interface FallbackOccasions {
  /** The breaker of the tool lets no call through. */
  readonly open: boolean;
  /** The tool server was tried, and failed before an answer. */
  readonly failed: boolean;
}

export type FallbackSource =
  /** The members of a tool result, as JSON without the braces: always the same. */
  | { readonly kind: 'static'; readonly members: string }
  /** The last result of the same call. `shared`: whoever made it. */
  | { readonly kind: 'cached'; readonly maxAgeMs: number; readonly shared: boolean }
  /** What the same tool of another server answers, where the door can ask it. */
  | { readonly kind: 'server'; readonly server: string };
