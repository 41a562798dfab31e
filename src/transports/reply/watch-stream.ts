import { setMaxListeners } from 'node:events';
import type { Call } from '../../call/call.ts';
import type { Received } from '../../call/received.ts';
import { evaluate } from '../../decision/evaluate.ts';
import type { Facts, Identity } from '../../decision/facts.ts';
import { stopSubjectOf } from '../../decision/stop-gate.ts';
import { deny, fault, type Refusal } from '../../decision/verdict.ts';
import type { Clock } from '../../kit/clock.ts';
import type { ReplyJudge } from '../../outcome/reply-judge.ts';
import type { ReplyAssembly } from './reply-assembly.ts';
import type { ReplyServer } from './reply-server.ts';

export interface StreamWatchOptions<F extends Facts> {
  readonly facts: F;
  readonly received: Received;
  readonly server: Pick<ReplyServer, 'name' | 'streamMaxAgeMs'>;
  readonly current: () => ReplyAssembly<F>;
  /** Aborts when the assembly that allowed the call is no longer the current one. */
  readonly superseded: AbortSignal;
  readonly clock: Clock;
  /** Aborts when the service begins to stop: open-ended streams end. */
  readonly draining: AbortSignal;
  /** Aborts when it can wait no longer: every stream ends. */
  readonly stopping: AbortSignal;
  /** Called with each reason to end it; the first one counts. */
  readonly end: (refusal: Refusal) => void;
}

/** Watches over one reply while it runs. */
export interface StreamWatch extends Disposable {
  /** The judge of the assembly that is current now. */
  judge(): ReplyJudge;
}

/** Longest delay that Node's timers take. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Ends a reply that must not go on: at once when its credential is revoked, the key that vouches for it withdrawn, or it is
 * stopped by an operator; when the credential expires, if the stream is open-ended; at its greatest age; on drain; and when a reload no longer allows it (DESIGN §4).
 *
 * After a reload an open-ended stream is judged again from authentication to policy, and its events by the new judge. A
 * call's own reply goes on unless its caller would no longer be authenticated, since the call has been made already.
 */
export function watchStream<F extends Facts>(options: StreamWatchOptions<F>): StreamWatch {
  const { received, server, current, superseded, clock, draining, stopping, end } = options;
  let { facts } = options;
  let judge: ReplyJudge | undefined;
  const { call, identity } = facts;
  const openEnded = isOpenEnded(call);
  // Plain functions: one more AbortController a call is dear.
  const undo: (() => void)[] = [];
  let over = false;
  const on = (signal: AbortSignal, act: () => void): void => {
    if (signal.aborted) return act();
    signal.addEventListener('abort', act);
    undo.push(() => signal.removeEventListener('abort', act));
  };
  const after = (delayMs: number, act: () => void): void => {
    const timer = setTimeout(act, Math.min(MAX_TIMER_MS, Math.max(0, delayMs)));
    undo.push(() => clearTimeout(timer));
  };
  const recheck = async (): Promise<void> => {
    const assembly = current();
    on(assembly.superseded, () => void recheck());
    const refusal = await lookAgain(assembly);
    if (over || refusal === undefined) return;
    if (openEnded || endsCall(refusal)) end(refusal);
  };
  const lookAgain = async (assembly: ReplyAssembly<F>): Promise<Refusal | undefined> => {
    if (!assembly.hasServer(server.name)) return deny('read', 'http.route');
    const verdict = await evaluate<F>(call, assembly.stages, AbortSignal.timeout(assembly.deadlineMs));
    if (verdict.kind !== 'would-allow') return verdict;
    facts = { ...facts, ...verdict.facts };
    judge = undefined;
    // The keys of the new assembly are others: those of the old one are not asked for any more.
    onWithdrawal(facts.identity);
    return undefined;
  };
  const onWithdrawal = ({ withdrawn }: Identity): void => {
    if (withdrawn === undefined || over) return;
    // One signal ends as many as there are; Node would take eleven listeners for a leak.
    setMaxListeners(0, withdrawn);
    on(withdrawn, () => end(deny('authenticate', 'token.key-unknown')));
  };

  if (identity.revoked !== undefined) setMaxListeners(0, identity.revoked);
  if (identity.revoked !== undefined) on(identity.revoked, () => end(deny('authenticate', 'token.revoked')));
  onWithdrawal(identity);
  undo.push(current().stops.watch(stopSubjectOf(call, identity), end));
  if (openEnded && identity.expiresAtMs !== undefined) {
    after(identity.expiresAtMs - clock.nowMs(), () => end(deny('authenticate', 'token.expired')));
  }
  after(received.receivedAtMs + server.streamMaxAgeMs - clock.nowMs(), () => end(fault('admit', 'stream.too-old')));
  if (openEnded) on(draining, () => end(deny('admit', 'draining')));
  on(stopping, () => end(deny('admit', 'draining')));
  on(superseded, () => void recheck());
  return {
    judge: () => (judge ??= current().createJudge(facts)),
    [Symbol.dispose]() {
      over = true;
      for (const act of undo) act();
    },
  };
}

/** An expired token lets its calls finish; one that is no longer believed does not. */
function endsCall({ stage, reason }: Refusal): boolean {
  return stage === 'authenticate' && reason !== 'token.expired';
}

/**
 * Whether a reply to this call has no end of its own: all but a request's own reply. GET and `subscriptions/listen`, and a
 * stream that a server sends in answer to a notification.
 */
function isOpenEnded({ kind, treatment }: Call): boolean {
  return kind !== 'request' || treatment === 'stream';
}
