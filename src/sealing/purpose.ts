/** The server-side names that are sealed before a caller sees them. */
export type SealedKind = 'session' | 'task' | 'request-state';

/**
 * The `purpose` under which a name of `server` is sealed: a session id never opens as a task id, nor one server's as
 * another's. The door, the check and the reply side all use this. The owner is always `identity.principal`.
 */
export function sealPurpose(kind: SealedKind, server: string): string {
  return `${kind} ${server}`;
}
