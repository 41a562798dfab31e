import { call, facts, listeningRecorder, received } from '../decision/facts.fixture.ts';
import type { Facts } from '../decision/facts.ts';
import type { Outcome } from '../decision/record.ts';
import type { Clock } from '../kit/clock.ts';
import { createExchangeLedger, type ExchangeLedger, type LedgerOptions } from './exchange-ledger.ts';
import type { OpenExchange } from './open-exchange.ts';

/** A ledger on a clock that the test sets, with what it said and what was told and given back. */
export interface LedgerBench {
  readonly ledger: ExchangeLedger;
  readonly clock: Clock & { ms: number };
  /** Outcomes in the order in which they were told. */
  readonly outcomes: Outcome[];
  /** What was given back: `release` or `withdraw`, and the id. */
  readonly givenBack: string[];
  /** Of what was left before its outcome was told. */
  readonly left: string[];
  readonly events: string[];
  readonly errors: unknown[];
  /** An exchange to open; `bytes` long on `judge` and `edit`. */
  exchange(decisionId: string, reply: 'pass' | 'judge' | 'edit', bytes?: number, owner?: string): OpenExchange;
}

export function newBench(changes: Partial<LedgerOptions> = {}): LedgerBench {
  const clock = { ms: 0, nowMs: () => clock.ms, monotonicMs: () => clock.ms };
  const outcomes: Outcome[] = [];
  const givenBack: string[] = [];
  const left: string[] = [];
  const events: string[] = [];
  const errors: unknown[] = [];
  const ledger = createExchangeLedger<Facts>({
    clock,
    expectsLog: false,
    maxExchanges: 8,
    maxBytes: 1000,
    reportWithinMs: 10_000,
    onLeft: (decisionId) => void left.push(decisionId),
    onEvent: (event, decisionId) => void events.push(`${event} ${decisionId}`),
    onError: (error) => void errors.push(error),
    ...changes,
  });
  const giveBack = (how: string) => async (): Promise<void> => void givenBack.push(how);
  return {
    ledger,
    clock,
    outcomes,
    givenBack,
    left,
    events,
    errors,
    exchange(decisionId, reply, bytes = 0, owner = decisionId) {
      const holds = {
        decisionId,
        recorder: { ...listeningRecorder(), outcome: (outcome: Outcome) => void outcomes.push(outcome) },
        release: giveBack(`release ${decisionId}`),
        withdraw: giveBack(`withdraw ${decisionId}`),
      };
      if (reply === 'pass') return { ...holds, reply };
      const body = new Uint8Array(bytes);
      return {
        ...holds,
        reply,
        received: { ...received, decisionId, body },
        facts: { ...facts, identity: { ...facts.identity, principal: owner }, call: { ...call, decisionId, body } },
        superseded: new AbortController().signal,
      };
    },
  };
}
