import type { Received } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Fallbacks } from '../../decision/stand-in.ts';
import type { ReplyJudge } from '../../outcome/reply-judge.ts';
import type { ByteLease } from './byte-budget.ts';
import type { OutcomeOnce } from './outcome-once.ts';
import type { ReplyServer } from './reply-server.ts';
import type { SessionBinding } from './session-binding.ts';

/** What judging one reply takes, whichever door carries it. */
export interface ReplyExchange<F extends Facts = Facts> {
  readonly received: Received;
  readonly facts: F;
  readonly server: ReplyServer;
  readonly sessions: Pick<SessionBinding<F>, 'bind' | 'end'>;
  /** What may stand in for its reply, and hears of it. */
  readonly fallbacks: Omit<Fallbacks<F>, 'refused'>;
  /** The judge to use now; a reload may change it between two events. */
  readonly judge: () => ReplyJudge;
  readonly outcome: OutcomeOnce;
  /** Grows with what of the reply is held here; whoever made it gives it back. */
  readonly lease: ByteLease;
}
