import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { askOperator } from '../e2e/ask-operator.ts';
import { type Answer, send, textOf } from '../e2e/agent.ts';
import type { Wiring } from '../e2e/carriers.ts';
import { startSallyport } from '../e2e/start-sallyport.ts';
import { type CallFault, startFailing } from '../faults/failing-upstream.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { outcomes } from './outcomes.ts';

const OPEN = ['identity: anonymous', 'capability: none', 'reply_timeout_ms: 3000'];
const RETRIES = 'retries: { attempts: 3, base_ms: 5, max_ms: 20, attempt_timeout_ms: 400, budget_reserve: 100 }';
const COUNTING = 'breaker: { window_calls: 100, minimum_calls: 100, slow_call_ms: 300 }';

/** In which wiring, and what else the server says: who tells the outcome is another one each time. */
const WAYS: readonly (readonly [name: string, wiring: Wiring, lines: readonly string[]])[] = [
  ['authorize, by the access log', 'authorize', []],
  ['authorize, by the judged reply', 'authorize', ['judge_replies: always']],
  ['inspect', 'inspect', []],
];

/** What a breaker holds of the tool `echo`. */
interface Tally {
  readonly state: string;
  readonly calls: number;
  readonly failed: number;
  readonly slow: number;
}

/** A tool server that fails as it is told, behind Envoy, with a breaker. */
async function startCounted(wiring: Wiring, lines: readonly string[]) {
  await using starting = new AsyncDisposableStack();
  const upstream = starting.use(await startFailing());
  const sallyport = await startSallyport({
    carrier: wiring,
    servers: { tools: upstream.url },
    serverLines: [...OPEN, RETRIES, ...lines],
  });
  starting.defer(() => sallyport.close());
  const kept = starting.move();
  const echo = (): Promise<Answer> =>
    send({ era: 'modern', url: sallyport.url('tools'), headers: [] }, 'tools/call', {
      name: 'echo',
      arguments: { text: 'hi' },
      // A client that cannot be asked back: in one wiring its reply passes unjudged.
      _meta: { 'io.modelcontextprotocol/clientCapabilities': {} },
    });
  const tally = async (): Promise<Tally | undefined> => {
    const text = await askOperator(join(sallyport.folder, '.sallyport/operator.sock'), '/breakers');
    const found = (JSON.parse(text) as (Tally & { readonly tool?: string })[]).find(({ tool }) => tool === 'echo');
    return found && { state: found.state, calls: found.calls, failed: found.failed, slow: found.slow };
  };
  return {
    upstream,
    echo,
    /** What it holds as soon as the outcome of every call is known. */
    async counted(): Promise<Tally | undefined> {
      await outcomes(sallyport.folder, 0);
      return await tally();
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const FAILURES: readonly (readonly [name: string, fault: CallFault, slow: number])[] = [
  ['503', { status: 503 }, 0],
  ['a reset', 'reset', 0],
  ['silence', 'silent', 2],
];

for (const [name, wiring, lines] of WAYS) {
  suite(`a breaker behind Envoy that tries calls again (${name})`, { skip: whyNoEnvoy(), timeout: 60_000 }, () => {
    for (const [what, fault, slow] of FAILURES) {
      test(`counts each attempt once: ${what}`, async () => {
        await using counted = await startCounted(wiring, [COUNTING, ...lines]);
        counted.upstream.fail(fault, 2);
        assert.equal(textOf(await counted.echo()), 'hi');
        assert.deepEqual(await counted.counted(), { state: 'closed', calls: 3, failed: 2, slow });
        assert.equal(textOf(await counted.echo()), 'hi');
        assert.deepEqual(await counted.counted(), { state: 'closed', calls: 4, failed: 2, slow });
      });
    }

    test('does not count an attempt that was asked to come later', async () => {
      await using counted = await startCounted(wiring, [COUNTING, ...lines]);
      counted.upstream.fail({ status: 429, retryAfter: '1' }, 1);
      assert.equal(textOf(await counted.echo()), 'hi');
      assert.deepEqual(await counted.counted(), { state: 'closed', calls: 1, failed: 0, slow: 0 });
    });

    test('counts each attempt that found nobody, once although two reports of the call arrive', async () => {
      await using counted = await startCounted(wiring, [COUNTING, ...lines]);
      await counted.upstream.hide();
      assert.equal((await counted.echo()).status, 503);
      assert.deepEqual(await counted.counted(), { state: 'closed', calls: 3, failed: 3, slow: 0 });
      await counted.upstream.comeBack();
      assert.equal(textOf(await counted.echo()), 'hi');
      assert.deepEqual(await counted.counted(), { state: 'closed', calls: 4, failed: 3, slow: 0 });
    });

    test('opens for the attempts of one call, as it does behind the proxy', async () => {
      const breaker = 'breaker: { minimum_calls: 3, window_calls: 3, wait_ms: 60000 }';
      await using counted = await startCounted(wiring, [breaker, ...lines]);
      counted.upstream.fail({ status: 503 }, 100);
      assert.equal((await counted.echo()).status, 503);
      assert.equal((await counted.counted())?.state, 'open');
      assert.equal((await counted.echo()).reason, 'breaker.open');
    });
  });
}
