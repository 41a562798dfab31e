import type { Call } from '../call/call.ts';
import type { Received } from '../call/received.ts';
import type { Facts } from '../decision/facts.ts';
import { call, received } from '../decision/facts.fixture.ts';
import type { JsonValue } from '../kit/json.ts';

const BODY = new Uint8Array(900);
const HEADERS: Received['headers'] = [['authorization', 'Bearer token-secret']];
const RECEIVED_AT_MS = 1_800_000_000_000;

/** What a cleared call of a caller with a token established: every optional member is there. */
export function clearedFacts(decisionId: string, readArguments: ReadonlyMap<string, JsonValue> = new Map()): Facts {
  return {
    call: readCall(decisionId),
    identity: {
      kind: 'token',
      principal: 'https://idp.example|alice|agent-7',
      issuer: 'https://idp.example',
      subject: 'alice',
      actor: 'agent-7',
      clientId: 'report-bot',
      spiffeId: 'spiffe://acme/agent/report',
      certificateSha256: 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2',
      tokenId: 'jti-1',
      transaction: 'txn-1',
      tenant: 'acme',
      expiresAtMs: 1_800_000_300_000,
    },
    handles: { upstreamSession: 'upstream-session-secret', edits: [], headers: new Map() },
    grant: { kind: 'token' },
    target: { kind: 'tool', name: 'read_file', pin: 'c'.repeat(64), effects: ['read'], durability: 'bounded' },
    ruling: {
      rules: ['files.read', 'files.workspace'],
      shadow: [{ rule: 'files.strict', would: 'deny' }],
      readArguments,
      policyDigest: 'a'.repeat(64),
      catalogueDigest: 'b'.repeat(64),
      limits: ['per-agent'],
    },
    approval: { kind: 'not-required' },
    permit: { kind: 'granted' },
    reservation: { taken: [{ limit: 'per-agent', cost: 1, remaining: 9.5 }] },
    credential: { kind: 'header', name: 'authorization', value: 'Bearer upstream-secret' },
    consumed: { approvals: 0 },
  };
}

/** A `tools/call` whose headers and arguments hold things that must not be recorded. */
export function readCall(decisionId: string): Call {
  return {
    ...call,
    decisionId,
    id: 'request-id-secret',
    args: new Map([['password', 'argument-secret']]),
    argsDigest: () => 'd'.repeat(64),
    body: BODY,
    headers: HEADERS,
    receivedAtMs: RECEIVED_AT_MS,
  };
}

/** The exchange that `readCall` came from. */
export function receivedExchange(decisionId: string): Received {
  return { ...received, decisionId, headers: HEADERS, body: BODY, receivedAtMs: RECEIVED_AT_MS };
}
