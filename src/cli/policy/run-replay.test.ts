import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { clearedFacts, receivedExchange } from '../../audit/facts.fixture.ts';
import { createRecorder } from '../../audit/recorder.ts';
import type { Facts } from '../../decision/facts.ts';
import { deny, fault } from '../../decision/verdict.ts';
import { systemClock } from '../../kit/clock.ts';
import { sha256Hex } from '../../kit/digest.ts';
import { canonicalJson } from '../../kit/canonical-json.ts';
import { compilePolicies } from '../../policy/load-policies.ts';
import type { PolicyInput } from '../../policy/policy-set.ts';
import type { WrittenCall } from '../../policy/policy-file.ts';
import { readWrittenCall } from '../../policy/written-call.ts';
import { readYaml } from '../../source/yaml-source.ts';
import { listeningIo, scratchDirectory } from '../command-io.fixture.ts';
import { readFilesAt } from './read-files.ts';
import { runReplay } from './run-replay.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples/policies');
const files = readFilesAt([EXAMPLES], join(EXAMPLES, 'pins'));
const policies = compilePolicies(files.sources, files.catalogue);
const HEAD = 'apiVersion: sallyport/v1\nkind: Policy\nmetadata: { name: candidate }\n';
const REPORT = { spiffe: 'spiffe://acme/agent/report' };
const READ = { server: 'files', tool: 'read_file', principal: REPORT, now: '2026-11-25T10:00:00Z' } as const;

const CONFIG = {
  segment_bytes: 1e7,
  max_queued_bytes: 1e7,
  max_argument_bytes: 1000,
  bounded_ms: 1000,
  max_wait_ms: 1000,
  checkpoints: { every_ms: 1000 },
  on_damage: 'refuse',
} as const;

/** A record of these calls, each as the example rules answered it, with their arguments `kept` elsewhere or not. */
async function recordOf(context: TestContext, calls: readonly WrittenCall[], kept = false): Promise<string> {
  const directory = join(scratchDirectory(context), 'record');
  const keyPath = join(scratchDirectory(context), 'audit-key');
  const recorder = await createRecorder({
    directory,
    keyPath,
    config: CONFIG,
    source: 'urn:sallyport:test',
    clock: systemClock,
    payloads: kept ? { argumentsOf: () => ({ bytes: 1, kept: 'whole' }), replyOf: () => undefined } : undefined,
  });
  for (const [index, written] of calls.entries()) {
    const call = readWrittenCall(written, files.catalogue);
    assert.equal(call.kind, 'call');
    const id = `d-${index}`;
    const decision = policies.decide(call.input);
    const facts = factsOf(id, call.input, decision);
    if (decision.kind === 'allowed') await recorder.intent(facts);
    else {
      const refusal =
        decision.kind === 'denied' ? deny('policy', decision.reason) : fault('policy', 'policy.error', undefined);
      recorder.refusal({ ...receivedExchange(id), receivedAtMs: call.input.nowMs }, refusal, facts);
    }
  }
  await recorder.close();
  return directory;
}

function factsOf(id: string, input: PolicyInput, decision: ReturnType<typeof policies.decide>): Facts {
  const facts = clearedFacts(id);
  const { server, method, target, args, nowMs, effects, principal, txn } = input;
  const text = (name: string): string => `${principal.get(name) as string | undefined}`;
  const pin = target.kind === 'tool' ? files.catalogue.servers.get(server)?.tools.get(target.name)?.pin : undefined;
  return {
    ...facts,
    call: {
      ...facts.call,
      server,
      method,
      operation: 'tools/call',
      target,
      args,
      argsDigest: () => sha256Hex(canonicalJson(args)),
      receivedAtMs: nowMs,
    },
    identity: {
      kind: 'token',
      principal: text('id'),
      ...(txn === undefined ? {} : { transaction: txn }),
      ...(principal.has('spiffe') ? { spiffeId: text('spiffe') } : {}),
      ...(principal.has('subject') ? { subject: text('subject') } : {}),
    },
    target: { kind: 'tool', name: 'tool', pin: pin ?? '', effects, durability: 'bounded' },
    ruling: { ...facts.ruling, rules: decision.rules, readArguments: decision.readArguments },
  };
}

async function replay(directory: string, candidate: string | undefined, strict = false) {
  const io = listeningIo();
  const sources = candidate === undefined ? files.sources : [readYaml('candidate.yaml', HEAD + candidate)];
  const options = { directory, sinceMs: -Infinity, untilMs: Infinity, json: true, strict };
  const code = await runReplay({ ...files, sources }, options, io);
  return { code, report: JSON.parse(io.said()) };
}

suite('policy replay', () => {
  test('finds nothing changed by the rules that made the record', async (context) => {
    const path = fc.constantFrom('/workspace/a.txt', '/workspace/../etc/passwd', '/etc/passwd', 7);
    const args = fc.record({ path, limit: fc.integer({ max: 300 }), mode: fc.constant('raw') }, { requiredKeys: [] });
    const principal = fc.constantFrom({}, REPORT, { spiffe: 'spiffe://acme/agent/other' }, { subject: 'alice' });
    const now = fc.constantFrom('2026-11-25T10:00:00Z', '2026-11-25T22:00:00Z');
    const call = fc.record({ server: fc.constant('files'), tool: fc.constant('read_file'), args, principal, now });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 20 }), fc.boolean(), async (calls, kept) => {
        const { code, report } = await replay(await recordOf(context, calls, kept), undefined, true);
        assert.equal(report.calls, calls.length);
        assert.deepEqual([code, report.groups], [0, []]);
      }),
      { numRuns: 25 },
    );
  });

  test('names who would be refused by which rule, and what comes after it', async (context) => {
    const within = (limit: number) => ({ ...READ, txn: 'trip-1', args: { path: '/workspace/a.txt', limit } });
    const directory = await recordOf(context, [within(10), within(90), within(20)]);
    const rule = `rules:
  - id: fewer
    match: { server: files, tool: read_file }
    effect: allow
    args: { path: { c: wildcard }, limit: { c: range, max: 50, optional: true } }
`;
    const { code, report } = await replay(directory, rule);
    assert.equal(code, 1);
    assert.deepEqual(report.matrix, [
      { was: 'allow', now: 'allow', calls: 2 },
      { was: 'allow', now: 'deny', calls: 1 },
    ]);
    const [{ was, now, target, rules, first, calls }] = report.groups;
    assert.deepEqual([was, now, target, rules, first, calls], ['allow', 'deny', 'read_file', ['fewer'], 'd-1', 1]);
    assert.equal(report.downstream, 1);
  });

  test('cannot tell of rules that read what was not recorded, unless the answer is the same either way', async (context) => {
    const directory = await recordOf(context, [{ ...READ, args: { path: '/workspace/a.txt' } }]);
    const allow = 'rules:\n  - { id: a, match: { server: files, tool: read_file }, effect: allow }\n';
    const reading = (effect: string): string =>
      `${allow}  - { id: b, match: { server: files, tool: read_file }, effect: ${effect}, when: '"x" in token' }\n`;
    const { report, code } = await replay(directory, reading('deny'));
    assert.deepEqual([report.groups[0].now, report.groups[0].rules, code], ['indeterminate', ['b'], 0]);
    assert.equal((await replay(directory, reading('deny'), true)).code, 1);
    assert.deepEqual((await replay(directory, reading('allow'))).report.groups, []);
  });

  test('sees an argument that a candidate did not expect, though its value was not recorded', async (context) => {
    const directory = await recordOf(context, [{ ...READ, args: { path: '/workspace/a.txt', limit: 3 } }]);
    const rule =
      'rules:\n  - { id: a, match: { server: files, tool: read_file }, effect: allow, args: { path: { c: wildcard } } }\n';
    assert.deepEqual((await replay(directory, rule)).report.groups[0].now, 'deny');
  });
});
