import type { Call } from '../call/call.ts';
import type { Received } from '../call/received.ts';
import { EMPTY_OBJECT } from '../kit/json.ts';
import type { Facts } from './facts.ts';
import type { Recorder } from './record.ts';
import type { Stages } from './stages.ts';
import type { StopGate } from './stop-gate.ts';
import { found } from './verdict.ts';

/** A request as a door would hand it over; the stages below do not look into it. */
export const received: Received = {
  decisionId: '0198c2f0-0000-7000-8000-000000000001',
  server: 'files',
  httpMethod: 'POST',
  headers: [],
  body: new Uint8Array(),
  peer: { address: '127.0.0.1' },
  receivedAtMs: 0,
};

/** Nothing is stopped. */
export const openGate: StopGate = { refuse: () => undefined, watch: () => () => {} };

/** The call that the stages below read. */
export const call: Call = {
  decisionId: received.decisionId,
  server: 'files',
  era: 'legacy',
  revision: '2025-11-25',
  kind: 'request',
  operation: 'tools/call',
  treatment: 'tool',
  method: 'tools/call',
  id: 1,
  target: { kind: 'tool', name: 'read_file' },
  params: EMPTY_OBJECT,
  args: EMPTY_OBJECT,
  result: EMPTY_OBJECT,
  argsDigest: () => '',
  body: new Uint8Array(),
  spanOf: () => undefined,
  headers: [],
  peer: received.peer,
  receivedAtMs: 0,
};

/** Everything found: what the stages below establish. */
export const facts: Facts = {
  call,
  identity: { kind: 'anonymous', principal: 'anonymous' },
  handles: { edits: [], headers: new Map() },
  grant: { kind: 'none' },
  target: { kind: 'tool', name: 'read_file' },
  ruling: {
    rules: ['files.read'],
    shadow: [],
    readArguments: new Map(),
    policyDigest: '',
    catalogueDigest: '',
    limits: [],
  },
  approval: { kind: 'not-required' },
  permit: { kind: 'granted' },
  reservation: { taken: [] },
  credential: { kind: 'none' },
  consumed: { approvals: 0 },
};

/** Checks that all find their piece, for tests to spoil one of. */
export const findingStages: Stages = {
  admit: () => found({ kind: 'admitted' }),
  read: () => found(facts.call),
  authenticate: () => found(facts.identity),
  openHandles: () => found(facts.handles),
  checkGrant: () => found(facts.grant),
  checkTarget: () => found(facts.target),
  applyPolicy: () => found(facts.ruling),
  requireApproval: () => found(facts.approval),
  checkAvailability: () => found(facts.permit),
  takeLimits: () => found(facts.reservation),
  obtainCredential: () => found(facts.credential),
  consume: () => found(facts.consumed),
};

/** A recorder that keeps what it was told, in order. */
export function listeningRecorder(): Recorder & { readonly heard: string[] } {
  const heard: string[] = [];
  return {
    heard,
    intent: async () => void heard.push('intent'),
    refusal: (_received, { kind, stage, reason }) => void heard.push(`${kind} ${stage} ${reason}`),
    passthrough: async () => void heard.push('passthrough'),
    outcome: ({ kind }) => void heard.push(`outcome ${kind}`),
  };
}
