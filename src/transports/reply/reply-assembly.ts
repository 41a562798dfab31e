import type { CallTraces } from '../../decision/call-traces.ts';
import type { Facts } from '../../decision/facts.ts';
import type { PureStages } from '../../decision/stages.ts';
import type { StopGate } from '../../decision/stop-gate.ts';
import type { ReplyJudge } from '../../outcome/reply-judge.ts';

/** What of an assembly a running reply looks at again: a reload may change it. */
export interface ReplyAssembly<F extends Facts = Facts> {
  readonly stages: PureStages<F>;
  /** Longest time until there is a verdict, milliseconds. */
  readonly deadlineMs: number;
  /** Judges the reply to an allowed call; one instance a reply. */
  createJudge(facts: F): ReplyJudge;
  /** Whether the listener serves that server. */
  hasServer(name: string): boolean;
  /** What an operator has stopped, whatever rules say. */
  readonly stops: StopGate;
  /** Aborts when another assembly has become the current one: open streams look again. */
  readonly superseded: AbortSignal;
  /** The traces of its calls; absent where nobody looks at traces. */
  readonly traces?: CallTraces | undefined;
}
