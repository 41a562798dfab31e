import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Outcome } from '../clients/driver.ts';
import { clientDrivers } from '../clients/drivers.ts';
import { ts1 } from '../clients/ts-1.ts';
import { ts2 } from '../clients/ts-2.ts';
import { type StartedSallyport, startSallyport } from '../e2e/start-sallyport.ts';
import { type EverythingServer, startEverything } from '../servers/everything/start-everything.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { type Guarded, OPEN_SERVER, startGuarded } from './start-guarded.ts';

const POLICY = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: little }
rules:
  - { id: echo, match: { tool: echo }, effect: allow, args: { text: { c: len, max: 5 } }, message: echo takes five letters }
  - { id: no-measures, match: { tool: measure }, effect: deny, message: nothing is measured here }
  - { id: measure, match: { tool: measure }, effect: allow }
  - { id: slow, match: { tool: "*" }, effect: allow, when: 'tool == "test_tool_with_progress"' }
`;
const STEPS = [
  { do: 'greet' },
  { do: 'call', tool: 'echo', args: { text: 'short' } },
  { do: 'call', tool: 'echo', args: { text: 'too long' } },
  { do: 'call', tool: 'measure', args: { text: 'x' } },
  { do: 'read', uri: 'test://static-text' },
] as const;

/** An outcome as text, without its decision. */
const told = (outcome: Outcome | undefined): string =>
  JSON.stringify(outcome).replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}/g, 'DECISION');

suite('an official client behind Envoy where nobody judges replies', { skip: whyNoEnvoy() }, () => {
  let server: EverythingServer;
  let proxied: StartedSallyport;
  let guarded: Guarded;
  /** The Python client lists the tools before its first call. */
  let listing: Guarded;
  before(async () => {
    server = await startEverything();
    proxied = await startSallyport({ servers: { files: server.url }, policy: POLICY });
    const door = ['replies: none'];
    guarded = await startGuarded({ upstream: server.url, policy: POLICY, door });
    const serverLines = [...OPEN_SERVER, 'waive: [lists]'];
    listing = await startGuarded({ upstream: server.url, policy: POLICY, serverLines, door });
  });
  after(async () => {
    await listing[Symbol.asyncDispose]();
    await guarded[Symbol.asyncDispose]();
    await proxied.close();
    await server[Symbol.asyncDispose]();
  });

  for (const { driver, skip } of clientDrivers().filter(({ driver: { era } }) => era === 'modern')) {
    test(`of ${driver.name} gets what it gets through the built-in proxy`, { skip }, async () => {
      const direct = await driver.run(proxied.url('files'), STEPS);
      const asked = await driver.run(listing.envoy.url, STEPS);
      assert.deepEqual(asked.map(told), direct.map(told));
      assert.deepEqual([asked[1]?.kind, asked[4]?.kind], ['value', 'error']);
      assert.match(told(asked[2]), /policy\.arguments.*\/text.*"isError":true/);
    });

    test(`of ${driver.name} is told that lists are not served`, { skip }, async () => {
      const [listed] = await driver.run(guarded.envoy.url, [{ do: 'list', what: 'tools' }]);
      assert.match(told(listed), /"kind":"error".*-31422.*door\.reply-needed/);
    });
  }

  test('of ts-2 modern needs no list to make a call', async () => {
    const [called] = await ts2('modern').run(guarded.envoy.url, [{ do: 'call', tool: 'echo', args: { text: 'hi' } }]);
    assert.equal(called?.kind, 'value', told(called));
  });

  for (const driver of [ts1, ts2('legacy')]) {
    test(`of ${driver.name} cannot open a session`, async () => {
      const refused = await driver.run(guarded.envoy.url, [{ do: 'greet' }]).then(JSON.stringify, String);
      assert.match(refused, /door\.reply-needed/);
    });
  }

  test('sees the progress of its call while it runs', async () => {
    const client = new Client(
      { name: 'progress', version: '1' },
      { versionNegotiation: { mode: { pin: '2026-07-28' } } },
    );
    await client.connect(new StreamableHTTPClientTransport(new URL(guarded.envoy.url)));
    const progress: number[] = [];
    let done = false;
    const call = { name: 'test_tool_with_progress', arguments: {} };
    await client.callTool(call, {
      onprogress: (step) => {
        assert.equal(done, false);
        progress.push(step.progress);
      },
    });
    done = true;
    await client.close();
    assert.ok(progress.length > 1, JSON.stringify(progress));
  });
});
