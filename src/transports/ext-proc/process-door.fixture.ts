import { randomUUIDv7 } from 'node:crypto';
import type { Call } from '../../call/call.ts';
import { facts, findingStages, listeningRecorder, openGate } from '../../decision/facts.fixture.ts';
import { NO_FALLBACKS } from '../../decision/stand-in.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Outcome } from '../../decision/record.ts';
import { found } from '../../decision/verdict.ts';
import { systemClock } from '../../kit/clock.ts';
import { createExchangeLedger } from '../../outcome/exchange-ledger.ts';
import type { ReplyJudge } from '../../outcome/reply-judge.ts';
import type { EnvoyAssembly, EnvoyServer } from '../envoy/envoy-assembly.ts';
import type { EnvoyDoor } from '../envoy/envoy-door.ts';
import { SERVER } from '../envoy/envoy-server.fixture.ts';
import { createReadPeer } from '../envoy/read-peer.ts';
import { createByteBudget } from '../reply/byte-budget.ts';
import { createPlaces } from '../reply/places.ts';
import { passingJudge } from '../reply/reply-exchange.fixture.ts';

/** One that is soon full. */
const SMALL: EnvoyServer = { ...SERVER, maxBodyBytes: 1000, maxReplyBytes: 2000, streamMaxAgeMs: 1000 };

export interface DoorOptions {
  readonly assembly?: Partial<EnvoyAssembly>;
  readonly server?: Partial<EnvoyServer>;
  readonly judge?: ReplyJudge;
  /** What the call is that the checks read. */
  readonly call?: Partial<Call>;
  readonly facts?: Partial<Facts>;
  readonly maxStreamsPerPrincipal?: number;
  readonly serverFrom?: EnvoyDoor['serverFrom'];
}

/** A door over checks that find everything, with what it left behind. */
export interface FakeDoor extends EnvoyDoor {
  readonly heard: string[];
  readonly outcomes: Outcome[];
  readonly errors: unknown[];
  /** Exchanges whose stream ended before their outcome was known. */
  readonly left: string[];
  readonly drain: AbortController;
  /** How often what a call held was given back: at its end, and as if it had never been. */
  readonly given: { released: number; withdrawn: number };
  /** Opens an exchange as ext_authz does, and says its hold. */
  open(reply: 'judge' | 'edit', changes?: Partial<Facts>): string;
}

export function fakeDoor(options: DoorOptions = {}): FakeDoor {
  const errors: unknown[] = [];
  const left: string[] = [];
  const outcomes: Outcome[] = [];
  const listening = listeningRecorder();
  const recorder = {
    ...listening,
    outcome(outcome: Outcome) {
      outcomes.push(outcome);
      listening.outcome(outcome);
    },
  };
  const drain = new AbortController();
  const given = { released: 0, withdrawn: 0 };
  const base: Facts = { ...facts, ...options.facts, call: { ...facts.call, ...options.call } };
  const onError = (error: unknown): void => void errors.push(error);
  const exchanges = createExchangeLedger<Facts>({
    expectsLog: true,
    clock: systemClock,
    maxExchanges: 10,
    maxBytes: 1_000_000,
    reportWithinMs: 60_000,
    onLeft: (decisionId) => void left.push(decisionId),
    onEvent: () => {},
    onError,
  });
  const assembly: EnvoyAssembly = {
    stages: {
      ...findingStages,
      read: ({ body = new Uint8Array(), headers, decisionId }) => found({ ...base.call, body, headers, decisionId }),
      authenticate: () => found(base.identity),
      openHandles: () => found(base.handles),
      takeLimits(_call, _identity, _ruling, undo) {
        undo.defer(() => void (given.withdrawn += 1));
        return found(base.reservation);
      },
      admit(_received, undo) {
        undo.defer(() => void (given.released += 1));
        return found({ kind: 'admitted' });
      },
    },
    recorder,
    fallbacks: NO_FALLBACKS,
    deadlineMs: 1000,
    servers: new Map([['files', { ...SMALL, ...options.server }]]),
    dialled: new Map([['10.99.0.1:20003', { ...SMALL, ...options.server }]]),
    sessions: {
      reserve: () => ({ [Symbol.dispose]: () => {} }),
      bind: (_facts, upstreamId) => ({ kind: 'bound', sealed: `sealed-${upstreamId}` }),
      end: () => void listening.heard.push('end session'),
    },
    createJudge: () => options.judge ?? passingJudge(),
    hasServer: (name) => name === 'files',
    superseded: new AbortController().signal,
    stops: openGate,
    ...options.assembly,
  };
  return {
    current: () => assembly,
    clock: systemClock,
    readPeer: createReadPeer('verified', systemClock),
    serverFrom: options.serverFrom ?? 'route',
    exchanges,
    holds: { seal: (id) => `sealed ${id}`, open: (hold) => /^sealed (.*)$/.exec(hold)?.[1] },
    places: createPlaces(),
    maxStreamsPerPrincipal: options.maxStreamsPerPrincipal ?? 2,
    replies: createByteBudget(1_000_000),
    draining: drain.signal,
    stopping: new AbortController().signal,
    onError,
    heard: listening.heard,
    outcomes,
    errors,
    left,
    drain,
    given,
    open(reply, changes = {}) {
      const decisionId = randomUUIDv7();
      const opened: Facts = { ...base, ...changes, call: { ...base.call, ...changes.call, decisionId } };
      exchanges.open({
        decisionId,
        reply,
        recorder,
        release: async () => void (given.released += 1),
        withdraw: async () => void (given.withdrawn += 1),
        received: {
          decisionId,
          server: 'files',
          httpMethod: 'POST',
          headers: opened.call.headers,
          body: opened.call.body,
          peer: { address: '10.1.2.3' },
          receivedAtMs: systemClock.nowMs(),
        },
        facts: opened,
        superseded: assembly.superseded,
      });
      return `sealed ${decisionId}`;
    },
  };
}
