/** What `/readyz` tells. Ready means that calls can be decided and recorded. */
export interface OperatorStatus {
  readonly state: 'starting' | 'serving' | 'draining';
  readonly version: string;
  /** The configuration in use. */
  readonly config: {
    /** SHA-256 over the files it was read from, in hex. */
    readonly digest: string;
    readonly loadedAt: string;
    /** The signed bundle that the rules are from, where they are: which one, and SHA-256 of its manifest in hex. */
    readonly bundle?: { readonly name: string; readonly revision: number; readonly digest: string };
    /** The last reload, when it failed: the configuration in use is an older one then. */
    readonly failedReload?: { readonly at: string; readonly problems: readonly string[] };
  };
  readonly record: { readonly state: 'writing' | 'failing' };
}

/** Whether a load balancer may send calls here. */
export function isReady({ state, record }: OperatorStatus): boolean {
  return state === 'serving' && record.state === 'writing';
}
