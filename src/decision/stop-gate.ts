import type { Call } from '../call/call.ts';
import type { Identity } from './facts.ts';
import type { Deny } from './verdict.ts';

/** What an operator can have stopped: a call, or a request on a route that is no MCP server. */
export interface StopSubject {
  /** Name of the server, or of the route. */
  readonly server: string;
  /** The tool that is called, by its name there. */
  readonly tool?: string;
  /** Who calls; `undefined` where nobody is identified. */
  readonly identity: Identity | undefined;
}

/** What of a call may be stopped. */
export function stopSubjectOf({ server, target }: Pick<Call, 'server' | 'target'>, identity: Identity): StopSubject {
  return target.kind === 'tool' ? { server, tool: target.name, identity } : { server, identity };
}

/** What stands between a door and what an operator has stopped. */
export interface StopGate {
  /** Why the subject is refused; `undefined` when nothing stops it. */
  refuse(subject: StopSubject): Deny | undefined;
  /**
   * Calls `end` when the subject is stopped, and at once when it is already.
   *
   * @returns what ends the watch.
   */
  watch(subject: StopSubject, end: (refusal: Deny) => void): () => void;
}
