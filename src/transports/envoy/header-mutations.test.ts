import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { HeaderList } from '../../call/received.ts';
import { call, facts } from '../../decision/facts.fixture.ts';
import type { Facts } from '../../decision/facts.ts';
import type { RetrySettings } from '../../outcome/retries/retry-verdict.ts';
import { forwardedHeaders } from '../request/forwarded-headers.ts';
import { isEnvoyOwned } from './envoy-owned.ts';
import { headerMutations } from './header-mutations.ts';

const LISTED = { forwardHeaders: new Set(['x-tenant']) };

/** What the tool server gets when Envoy applies the mutations to `headers`. */
function applied(headers: HeaderList): HeaderList {
  const { set, remove } = headerMutations({ ...facts, call: { ...call, headers } }, LISTED);
  const names = new Set(set.map(([name]) => name));
  const kept = headers.filter(([name]) => !remove.includes(name) && !names.has(name));
  return [...kept.filter(([name]) => !isEnvoyOwned(name)), ...set];
}

const name = fc.oneof(
  fc.constantFrom('authorization', 'cookie', 'x-tenant', 'mcp-name', 'mcp-param-x', 'host', 'te', 'content-length'),
  fc.constantFrom('sallyport-decision-id', 'x-envoy-retry-on', '__proto__', 'constructor', 'mcp-session-id'),
  fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/),
);
const headerLists = fc.array(fc.tuple(name, fc.stringMatching(/^[!-~]{1,8}$/)), { maxLength: 12 });

suite('headerMutations()', () => {
  test('leaves the tool server what the built-in proxy would send', () => {
    fc.assert(
      fc.property(headerLists, (headers) => {
        const flat = forwardedHeaders({ ...facts, call: { ...call, headers } }, LISTED);
        const sent = flat.flatMap((text, at) => (at % 2 === 0 ? [[text, flat[at + 1] ?? ''] as const] : []));
        assert.deepEqual(applied(headers), sent);
      }),
    );
  });

  test('steers Envoy and names the attempts of a call in place of whatever its agent says', () => {
    const claimed: HeaderList = [
      ['x-envoy-retry-on', '5xx'],
      ['x-envoy-max-retries', '20'],
      ['x-envoy-upstream-rq-per-try-timeout-ms', '1'],
      ['idempotency-key', '"mine"'],
    ];
    const target = { ...facts.target, idempotent: true };
    const of: Facts = { ...facts, target, call: { ...call, headers: claimed } };
    const retries: RetrySettings = {
      attempts: 3,
      baseMs: 1,
      maxMs: 1,
      attemptTimeoutMs: 100,
      budgetPercent: 20,
      budgetReserve: 1,
    };
    const steered = new Map(headerMutations(of, { ...LISTED, retries }).set);
    assert.equal(steered.get('x-envoy-max-retries'), '2');
    assert.equal(steered.get('x-envoy-upstream-rq-per-try-timeout-ms'), '100');
    assert.equal(steered.get('idempotency-key'), `"${call.decisionId}"`);
    const once = headerMutations(of, LISTED);
    assert.deepEqual(
      once.remove,
      claimed.map(([field]) => field),
    );
    assert.deepEqual([...new Map(once.set).keys()], ['sallyport-decision-id']);
  });

  test('never touches what frames the request', () => {
    fc.assert(
      fc.property(headerLists, (headers) => {
        const { set, remove } = headerMutations({ ...facts, call: { ...call, headers } }, LISTED);
        assert.equal([...set.map(([field]) => field), ...remove].some(isEnvoyOwned), false);
      }),
    );
  });

  test('shows an unsealed session and the credential of the upstream in place of the caller’s', () => {
    const headers: HeaderList = [
      ['mcp-session-id', 'sealed'],
      ['x-api-key', 'mine'],
      ['authorization', 'Bearer mine'],
    ];
    const credential = { kind: 'header', name: 'X-Api-Key', value: 'ours' } as const;
    const handles = { ...facts.handles, headers: new Map([['mcp-session-id', 'theirs']]) };
    const { set, remove } = headerMutations({ ...facts, handles, credential, call: { ...call, headers } }, LISTED);
    assert.deepEqual(new Map(set).get('mcp-session-id'), 'theirs');
    assert.deepEqual(new Map(set).get('x-api-key'), 'ours');
    assert.deepEqual(remove, ['authorization']);
  });
});
