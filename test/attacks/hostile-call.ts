import type { ReasonCode } from '../../src/call/reason.ts';
import type { UpstreamName } from '../servers/upstream.ts';
import type { Era, Peer } from './peer.ts';

/** An official server spoken to in one era. */
export type Target = 'v1 legacy' | 'v2 legacy' | 'v2 modern' | 'py legacy' | 'py modern';

/** A request that means one thing to whoever guards a server and may mean another to the server. */
export interface HostileCall {
  /** What is hostile in it. */
  readonly name: string;
  readonly eras: readonly Era[];
  /** The bytes on the wire, for this peer. */
  readonly build: (peer: Peer) => Uint8Array;
  /** The bare official servers on which the tool really runs (`bare-server-executes.test.ts` shows it, and nowhere else). */
  readonly executesOn: readonly Target[];
  /** The tool that runs there. */
  readonly runs: string;
  /** The arguments with which it runs, where they are not those that were sent. */
  readonly runsWith?: unknown;
  /** Sallyport's reason: any of these, because an earlier check may already have seen it. */
  readonly refusedFor: readonly ReasonCode[];
  /**
   * `serves`: the connection answers and then serves the next call. `closed`: after broken framing nobody can say where the
   * next request begins, so the connection must end, with or without an answer, and nothing was forwarded.
   */
  readonly afterwards: 'serves' | 'closed';
}

/** A hostile call with what most of them have in common: both eras, `delete_all`, the connection lives on. */
export function hostile(
  name: string,
  refusedFor: readonly ReasonCode[],
  executesOn: readonly Target[],
  build: HostileCall['build'],
  rest: Partial<HostileCall> = {},
): HostileCall {
  return {
    name,
    eras: ['legacy', 'modern'],
    build,
    executesOn,
    runs: 'delete_all',
    refusedFor,
    afterwards: 'serves',
    ...rest,
  };
}

export const PYTHON: readonly Target[] = ['py legacy', 'py modern'];
export const V2: readonly Target[] = ['v2 legacy', 'v2 modern'];
export const TYPESCRIPT: readonly Target[] = ['v1 legacy', ...V2];
export const EVERYWHERE: readonly Target[] = [...TYPESCRIPT, ...PYTHON];
/** Where nothing but the body is looked at. */
export const LEGACY: readonly Target[] = ['v1 legacy', 'v2 legacy', 'py legacy'];

export function serverOf(target: Target): UpstreamName {
  return target.startsWith('v1') ? 'v1' : target.startsWith('v2') ? 'v2' : 'py';
}

export function eraOf(target: Target): Era {
  return target.endsWith('legacy') ? 'legacy' : 'modern';
}
