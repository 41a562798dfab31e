import type { Facts } from '../../decision/facts.ts';
import type { HttpDoor } from '../http/http-door.ts';
import type { ByteBudget } from '../reply/byte-budget.ts';
import type { AllowedAuthorities } from '../request/authority.ts';
import type { AuthzenAssembly } from './authzen-assembly.ts';

/** What every request of one listener shares. */
export interface AuthzenDoor<F extends Facts = Facts> extends HttpDoor<AuthzenAssembly<F>> {
  /** Bytes of request bodies that are held here. */
  readonly bodies: ByteBudget;
  readonly maxBodyBytes: number;
  readonly maxEvaluations: number;
  /** `https://HOST[:PORT]` under which callers reach this door; `undefined`: there is no metadata. */
  readonly policyDecisionPoint: string | undefined;
  /** Host and Origin values that are accepted. */
  readonly authorities: AllowedAuthorities;
  /** The port it listens on; `undefined` on a Unix socket. */
  readonly port: () => number | undefined;
}
