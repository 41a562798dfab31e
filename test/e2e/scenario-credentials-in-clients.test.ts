import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DriverName, Outcome } from '../clients/driver.ts';
import { clientDrivers } from '../clients/drivers.ts';
import { ts1 } from '../clients/ts-1.ts';
import { ts2 } from '../clients/ts-2.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startPrimed } from '../servers/v1/start-primed.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { ALL_JUDGED, CARRIERS, whyNot } from './carriers.ts';
import { ANY_ARGUMENTS } from './issuer.ts';
import { startGuarded } from './start-guarded.ts';
import { within } from './within.ts';

const START = { legacy: startPrimed, modern: startV2 };

/** How an official client shows its user a refusal over the credential: of a request, and at the end of a stream. */
interface Shown {
  readonly forbidden: object;
  readonly unauthorized: object;
}

const OPAQUE = { name: 'SdkHttpError', code: 'CLIENT_HTTP_NOT_IMPLEMENTED', data: { status: 401 } };
const PYTHON = {
  forbidden: { name: 'MCPError', code: -31_403, data: { reason: 'grant.not-covered' } },
  unauthorized: { name: 'MCPError', code: -31_401, data: { reason: 'token.revoked' } },
};
const SHOWN: Readonly<Record<DriverName, Shown>> = {
  'ts-1 legacy': {
    forbidden: { name: 'StreamableHTTPError', code: 403 },
    unauthorized: { name: 'StreamableHTTPError', code: 401 },
  },
  'ts-2 legacy': { forbidden: { name: 'InsufficientScopeError' }, unauthorized: OPAQUE },
  'ts-2 modern': { forbidden: { name: 'InsufficientScopeError' }, unauthorized: OPAQUE },
  'py legacy': PYTHON,
  'py modern': PYTHON,
};

async function untilRunning(upstream: Upstream, tool: string): Promise<void> {
  while ((await upstream.calls()).every((call) => call.tool !== tool)) await sleep(20);
}

for (const carrier of CARRIERS) {
  suite(`a credential that does not do, in an official client (${carrier})`, { skip: whyNot(carrier) }, () => {
    for (const { driver, skip } of clientDrivers()) {
      test(`is an error of the call for ${driver.name}: not granted, then revoked`, { skip }, async () => {
        await using upstream = await START[driver.era]();
        await using guarded = await startGuarded({
          carrier,
          servers: { tools: upstream.url },
          lines: { tools: ALL_JUDGED[carrier] },
        });
        const tools = { echo: ANY_ARGUMENTS, slow: ANY_ARGUMENTS };
        const token = await guarded.token('user:alice', { tokenId: 'to-be-revoked', tools });
        const running = driver.run(
          guarded.url(),
          [
            { do: 'call', tool: 'add', args: { a: 1, b: 2 } },
            { do: 'call', tool: 'echo', args: { text: 'granted' } },
            { do: 'call', tool: 'slow', args: { ms: 20_000 }, progress: true },
            { do: 'call', tool: 'echo', args: { text: 'late' } },
          ],
          { authorization: `Bearer ${token}` },
        );
        await within(20_000, untilRunning(upstream, 'slow'));
        await guarded.revoke('to-be-revoked');
        const [notGranted, granted, ended, afterwards] = await running;
        const { forbidden, unauthorized } = SHOWN[driver.name];
        assert.partialDeepStrictEqual(notGranted, { kind: 'error', ...forbidden });
        assert.equal(granted?.kind, 'value', JSON.stringify(granted));
        assert.match(messageOf(ended), /The token has been revoked/);
        assert.partialDeepStrictEqual(afterwards, { kind: 'error', ...unauthorized });
        assert.deepEqual(
          (await upstream.calls()).map(({ tool }) => tool).filter((tool) => tool !== 'slow.cancelled'),
          ['echo', 'slow'],
        );
      });
    }

    for (const [driver, error] of [
      [ts1, { name: 'Error', code: 401 }],
      [ts2('legacy'), { code: 'CLIENT_HTTP_NOT_IMPLEMENTED' }],
      [ts2('modern'), { code: 'CLIENT_HTTP_AUTHENTICATION' }],
    ] as const) {
      test(`keeps ${driver.name} from connecting when there is none`, async () => {
        await using upstream = await START[driver.era]();
        await using guarded = await startGuarded({
          carrier,
          servers: { tools: upstream.url },
          lines: { tools: ALL_JUDGED[carrier] },
        });
        await assert.rejects(driver.run(guarded.url(), [{ do: 'greet' }]), error);
      });
    }
  });
}

function messageOf(outcome: Outcome | undefined): string {
  assert.equal(outcome?.kind, 'error', JSON.stringify(outcome));
  return outcome.message;
}
