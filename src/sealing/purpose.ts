/** The server-side names that are sealed before a caller sees them. */
export type SealedKind = 'session' | 'task' | 'request-state';

/** The request that was answered with a request state, and that its retry repeats. */
export interface StatedCall {
  readonly server: string;
  /** As sent. */
  readonly method: string;
  /** What it acts on. */
  readonly target: { readonly kind: string };
  /** What stands for the arguments. */
  argsDigest(): string;
}

/**
 * The `purpose` under which a session or task id of `server` is sealed: a session id never opens as a task id, nor one
 * server's as another's. The door, the check and the reply side all use this. The owner is always `identity.principal`.
 */
export function sealPurpose(kind: Exclude<SealedKind, 'request-state'>, server: string): string {
  return `${kind} ${server}`;
}

/**
 * The `purpose` of a request state: it opens in a retry of the call it was given for and in no other, by method, target and
 * arguments. A retry repeats the original request and adds what was asked for (2026-07-28, "Multi Round-Trip Requests").
 */
export function statePurpose({ server, method, target, argsDigest }: StatedCall): string {
  return `request-state ${JSON.stringify([server, method, target, argsDigest()])}`;
}
