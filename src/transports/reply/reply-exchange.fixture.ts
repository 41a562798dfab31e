import type { Call } from '../../call/call.ts';
import { call, facts, received } from '../../decision/facts.fixture.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Outcome } from '../../decision/record.ts';
import { NO_FALLBACKS } from '../../decision/stand-in.ts';
import { readReply } from '../../outcome/read-reply.ts';
import type { Judged, ReplyJudge } from '../../outcome/reply-judge.ts';
import type { BadEnding } from './bad-ending.ts';
import { type ByteBudget, createByteBudget } from './byte-budget.ts';
import { createOutcome } from './outcome-once.ts';
import type { ReplyExchange } from './reply-exchange.ts';
import type { ReplyServer } from './reply-server.ts';

/** Passes every message that can be read. */
export function passingJudge(): ReplyJudge {
  return {
    seen: {},
    judge: (message) =>
      readReply(message) === undefined ? { kind: 'reject', reason: 'reply.unreadable' } : { kind: 'pass' },
  };
}

/** Judges by the text of a message; `reply.unreadable` for one that is not in `table`. */
export function scriptedJudge(table: Readonly<Record<string, Judged>>): ReplyJudge {
  return {
    seen: { toolError: false },
    judge: (message) => table[Buffer.from(message).toString()] ?? { kind: 'reject', reason: 'reply.unreadable' },
  };
}

export const server: ReplyServer = {
  name: 'files',
  resource: undefined,
  eras: 'both',
  maxReplyBytes: 4096,
  streamMaxAgeMs: 60_000,
  maxCallsPerPrincipal: 64,
};

/** One exchange, and what it left behind. */
export interface ExchangeFixture extends ReplyExchange {
  readonly outcomes: Outcome[];
  /** What was done to sessions, in order. */
  readonly sessionsHeard: string[];
  readonly budget: ByteBudget;
}

/** What a test says about its exchange: a legacy tool call that may have what it likes, unless it says otherwise. */
export interface ExchangeOptions {
  readonly call?: Partial<Call>;
  readonly facts?: Partial<Facts>;
  readonly judge?: ReplyJudge;
  readonly maxReplyBytes?: number;
  readonly maxHeldBytes?: number;
  readonly maxSessions?: number;
  readonly fallbacks?: ReplyExchange['fallbacks'];
}

export function exchangeWith(options: ExchangeOptions = {}): ExchangeFixture {
  const outcomes: Outcome[] = [];
  const sessionsHeard: string[] = [];
  const budget = createByteBudget(options.maxHeldBytes ?? 1_000_000);
  const judge = options.judge ?? passingJudge();
  const { maxReplyBytes = server.maxReplyBytes, maxSessions = 1 } = options;
  const clock = { nowMs: () => 0, monotonicMs: () => 0 };
  return {
    received,
    facts: { ...facts, ...options.facts, call: { ...call, ...options.call } },
    server: { ...server, maxReplyBytes },
    sessions: {
      bind(_facts, upstreamId) {
        sessionsHeard.push(`bind ${upstreamId}`);
        return maxSessions < sessionsHeard.length
          ? { kind: 'too-many' }
          : { kind: 'bound', sealed: `sealed-${upstreamId}` };
      },
      end: () => void sessionsHeard.push('end'),
    },
    fallbacks: options.fallbacks ?? NO_FALLBACKS,
    judge: () => judge,
    outcome: createOutcome(received.decisionId, { outcome: (outcome) => void outcomes.push(outcome) }, clock),
    lease: budget.lease(),
    outcomes,
    sessionsHeard,
    budget,
  };
}

/** A bad ending in words: `outcome reason`, and the status that it keeps. */
export function inWords({ outcome, refusal, upstreamStatus }: BadEnding): string {
  return [outcome, refusal.reason, ...(upstreamStatus === undefined ? [] : [upstreamStatus])].join(' ');
}
