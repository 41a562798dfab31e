import type { Facts } from '../../decision/facts.ts';
import type { HttpDoor } from '../http/http-door.ts';
import type { ByteBudget } from '../reply/byte-budget.ts';
import type { RefusalStatus } from './answer.ts';
import type { ForwardAuthAssembly } from './forward-auth-assembly.ts';
import type { OriginalFields } from './read-question.ts';

/** What every question of one listener shares. */
export interface ForwardAuthDoor<F extends Facts = Facts> extends HttpDoor<ForwardAuthAssembly<F>> {
  /** Bytes of request bodies that are held here. */
  readonly bodies: ByteBudget;
  readonly original: OriginalFields;
  readonly refusals: RefusalStatus;
}
