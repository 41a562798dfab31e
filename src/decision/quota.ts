/** How much of a limit is left, as its caller may be told (draft-ietf-httpapi-ratelimit-headers-11). Counted in calls like this one. */
export interface Quota {
  /** Each rate of the limit: calls at once, and the whole seconds in which as many come back. */
  readonly policies: readonly { readonly name: string; readonly calls: number; readonly windowS: number }[];
  /** The policy of which what follows is told. */
  readonly name: string;
  /** Calls that are left. */
  readonly left: number;
  /** Whole seconds for which there will be none, where none is left. */
  readonly noneForS?: number;
}
