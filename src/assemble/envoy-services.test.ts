import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { findingStages } from '../decision/facts.fixture.ts';
import { found } from '../decision/verdict.ts';
import { encodeAccessLogs } from '../transports/access-log/access-logs-oracle.fixture.ts';
import { checkBytes, kindOf } from '../transports/ext-authz/check.fixture.ts';
import { decodeCheckResponse } from '../transports/ext-authz/protobuf-oracle.fixture.ts';
import { type EnvoyBench, serveEnvoy } from './envoy-services.fixture.ts';
import type { PortableReservations } from '../transports/envoy/envoy-door.ts';
import { structFrom } from '../transports/envoy/oracle-values.fixture.ts';
import { field, number, wrapped } from '../transports/envoy/wire.fixture.ts';
import { ProtobufReader } from '../transports/grpc/protobuf-reader.ts';

const CHECK = '/envoy.service.auth.v3.Authorization/Check';
const HEALTH = '/grpc.health.v1.Health/Check';
const UNIMPLEMENTED = 12;
const BODY = { body: '{}', headers: [['content-length', '2']] } as const;

/** Asks about a call. @returns Its decision id, as Envoy hears it. */
async function allow(bench: EnvoyBench): Promise<string> {
  return (await saidOf(bench))['decision_id']?.stringValue ?? '';
}

/** Asks about a call. @returns What Envoy hears beside the answer. */
async function saidOf(bench: EnvoyBench): Promise<Readonly<Record<string, { readonly stringValue: string }>>> {
  const answer = await bench.ask(CHECK, checkBytes(BODY));
  assert.ok(typeof answer !== 'number' && kindOf(answer) === 'allow');
  const { dynamic_metadata: said } = decodeCheckResponse(answer) as {
    readonly dynamic_metadata: { readonly fields: Readonly<Record<string, { readonly stringValue: string }>> };
  };
  return said.fields;
}

interface Logged {
  readonly id: string;
  readonly reserved?: string;
  readonly verdict?: string;
  readonly intermediate?: boolean;
}

/** A message of the access log: replies of a tool server, with what our filter had said of each. */
function logged(...entries: readonly Logged[]): Buffer {
  return encodeAccessLogs({
    http_logs: {
      log_entry: entries.map(({ id, reserved, verdict = 'allowed', intermediate = false }) => ({
        common_properties: {
          intermediate_log_entry: intermediate,
          upstream_remote_address: { socket_address: { address: '127.0.0.1', port_value: 3001 } },
          metadata: {
            filter_metadata: {
              'envoy.filters.http.ext_authz': structFrom(
                new Map([
                  ['decision_id', id],
                  ['verdict', verdict],
                  ...(reserved === undefined ? [] : ([['reserved', reserved]] as const)),
                ]),
              ),
            },
          },
        },
        response: { response_code: { value: 200 }, response_body_bytes: 5, response_code_details: 'via_upstream' },
      })),
    },
  });
}

/** The entry of such a message about one call. */
function entryOf(id: string): Uint8Array {
  const reader = new ProtobufReader(logged({ id }));
  assert.equal(reader.next(), true);
  return reader.bytes();
}

/** Waits until the ledger holds as many as that. */
async function untilOpen(bench: EnvoyBench, size: number): Promise<void> {
  while (bench.door.exchanges.size !== size) await nextTurn();
}

for (const engine of ['http2', 'grpc-js'] as const) {
  suite(`envoyServices() on ${engine}`, { timeout: 30_000 }, () => {
    test('learns from the access log what became of a call', async () => {
      await using bench = await serveEnvoy({ engine });
      const [first, second] = [await allow(bench), await allow(bench)];
      assert.equal(bench.door.exchanges.size, 2);
      const log = bench.log();
      log.send(logged({ id: first, intermediate: true }, { id: first }));
      await untilOpen(bench, 1);
      log.send(logged({ id: second }, { id: second }));
      log.end();
      assert.equal(await log.ended, 0);
      assert.deepEqual(bench.door.heard, ['intent', 'intent', 'outcome answered', 'outcome answered']);
      assert.deepEqual(bench.events, []);
    });

    test('makes nothing of entries that are about nothing it knows', async () => {
      await using bench = await serveEnvoy({ engine });
      const id = await allow(bench);
      const log = bench.log();
      log.send(Buffer.from([0xff]));
      log.send(logged({ id: '0198c2f0-0000-7000-8000-00000000dead' }, { id: '' }, { id: 'x'.repeat(100_000) }));
      log.send(logged({ id: 'refused-elsewhere', verdict: 'refused' }));
      log.send(encodeAccessLogs({ http_logs: { log_entry: [{}] } }));
      log.send(logged({ id }));
      log.end();
      assert.equal(await log.ended, 0);
      assert.deepEqual(bench.events, ['unreadable_log', ...Array.from({ length: 3 }, () => 'unknown_exchange')]);
      assert.deepEqual(bench.door.heard, ['intent', 'outcome answered']);
    });

    test('hears of the other calls in a message with an entry that cannot be read', async () => {
      await using bench = await serveEnvoy({ engine });
      const [first, second] = [await allow(bench), await allow(bench)];
      const log = bench.log();
      log.send(wrapped(2, Buffer.concat([entryOf(first), field(1, number(1, 1)), entryOf(second)])));
      await untilOpen(bench, 0);
      assert.deepEqual(bench.events, ['unreadable_log']);
      assert.deepEqual(bench.door.heard.slice(2), ['outcome answered', 'outcome answered']);
    });

    test('reads on after a stream that broke', async () => {
      await using bench = await serveEnvoy({ engine });
      const id = await allow(bench);
      const tooLong = bench.log();
      tooLong.send(Buffer.alloc(2 * 1024 * 1024));
      assert.notEqual(await tooLong.ended, 0);
      const log = bench.log();
      log.send(logged({ id }));
      await untilOpen(bench, 0);
    });

    test('settles what a call reserved that another instance allowed', async () => {
      const told: unknown[] = [];
      const reservations: PortableReservations = {
        seal: (id, reservation) => `${id} ${reservation}`,
        settle: (...word) => told.push(word) > 0,
      };
      const takeLimits = () => found({ taken: [], portable: 'all' });
      await using one = await serveEnvoy({ engine }, { stages: { ...findingStages, takeLimits } }, { reservations });
      await using other = await serveEnvoy({ engine }, {}, { reservations });
      const said = await saidOf(one);
      const [id, reserved] = [said['decision_id']?.stringValue ?? '', said['reserved']?.stringValue ?? ''];
      assert.equal(reserved, `${id} all`);
      const log = other.log();
      log.send(logged({ id, reserved }, { id: 'stranger' }));
      log.end();
      assert.equal(await log.ended, 0);
      assert.deepEqual(told, [[id, reserved, 1]]);
      // Here it is settled by whoever allowed it.
      const own = one.log();
      own.send(logged({ id, reserved }));
      await untilOpen(one, 0);
      assert.equal(told.length, 1);
    });

    test('reads the log until every call is told when it stops', async () => {
      await using bench = await serveEnvoy({ engine });
      const [first, second] = [await allow(bench), await allow(bench)];
      const log = bench.log();
      log.send(logged({ id: first }));
      await untilOpen(bench, 1);
      const drained = bench.server.drain(10_000);
      log.send(logged({ id: second }));
      assert.equal(await log.ended, 0);
      await drained;
      assert.deepEqual(bench.door.heard.slice(2), ['outcome answered', 'outcome answered']);
    });

    test('reads a log that begins while it stops', async () => {
      await using bench = await serveEnvoy({ engine });
      const [first, second] = [await allow(bench), await allow(bench)];
      const drained = bench.server.drain(60_000);
      const logs = [bench.log(), bench.log(), bench.log()] as const;
      logs[0].send(logged({ id: first }));
      await untilOpen(bench, 1);
      logs[1].send(logged({ id: second }));
      assert.deepEqual(await Promise.all(logs.map(({ ended }) => ended)), [0, 0, 0]);
      await drained;
      assert.deepEqual(bench.door.heard.slice(2), ['outcome answered', 'outcome answered']);
    });

    test('waits for what is being decided when it stops, and for what became of it', async () => {
      const asked = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const consume: typeof findingStages.consume = async (...rest) => {
        asked.resolve();
        await goOn.promise;
        return await findingStages.consume(...rest);
      };
      await using bench = await serveEnvoy({ engine }, { stages: { ...findingStages, consume }, deadlineMs: 60_000 });
      const allowed = allow(bench);
      await asked.promise;
      const drained = bench.server.drain(60_000);
      goOn.resolve();
      const log = bench.log();
      log.send(logged({ id: await allowed }));
      await drained;
      assert.deepEqual(bench.door.heard, ['intent', 'outcome answered']);
    });

    test('stops at once where the log says nothing more, or nobody is left to say it', async () => {
      await using quiet = await serveEnvoy({ engine });
      const log = quiet.log();
      log.send(logged({ id: await allow(quiet) }));
      await untilOpen(quiet, 0);
      await quiet.server.drain(60_000);
      await using left = await serveEnvoy({ engine });
      await allow(left);
      left.leave();
      await left.server.drain(60_000);
      assert.deepEqual(left.door.heard, ['intent', 'outcome unknown']);
    });

    test('says that it does not know what became of calls that nobody told in time', async () => {
      await using bench = await serveEnvoy({ engine });
      await allow(bench);
      const log = bench.log();
      log.send(logged({ id: 'other' }));
      while (bench.events.length === 0) await nextTurn();
      await bench.server.drain(20);
      assert.notEqual(await log.ended, -1);
      assert.deepEqual(bench.door.heard, ['intent', 'outcome unknown']);
    });

    test('serves what its wiring needs and nothing else', async () => {
      const named = (name: string): Buffer => Buffer.from([0x0a, name.length, ...Buffer.from(name)]);
      const services = [
        'envoy.service.auth.v3.Authorization',
        'envoy.service.ext_proc.v3.ExternalProcessor',
        'envoy.service.accesslog.v3.AccessLogService',
      ];
      const served = async (options: Parameters<typeof serveEnvoy>[0]): Promise<readonly boolean[]> => {
        await using bench = await serveEnvoy({ engine, ...options });
        const healthy = services.map(async (name) => typeof (await bench.ask(HEALTH, named(name))) !== 'number');
        return await Promise.all(healthy);
      };
      assert.deepEqual(await served({}), [true, true, true]);
      assert.deepEqual(await served({ outcomes: 'none' }), [true, true, false]);
      assert.deepEqual(await served({ wiring: 'inspect' }), [false, true, true]);
      await using inspecting = await serveEnvoy({ engine, wiring: 'inspect' });
      assert.equal(await inspecting.ask(CHECK, checkBytes(BODY)), UNIMPLEMENTED);
    });
  });
}
