import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { IMPORTED_AT_START } from './imports-at-start.fixture.ts';

/*
 * What a start loads is most of what it takes (benchmarks/path/start.ts has the times). What is here is loaded by every start;
 * what only some configurations need is loaded when the configuration is read, before the service is ready, and never later.
 */
const MAIN = join(import.meta.dirname, 'main.ts');
const RECORDER = join(import.meta.dirname, 'record-imports.fixture.ts');
const SERVER = { route: '/files', upstream: 'http://127.0.0.1:9/mcp', pins: 'pins.json', listener: 'agents' };
const CONFIG = {
  listeners: { agents: { bind: '127.0.0.1:0' } },
  servers: { files: { ...SERVER, identity: 'anonymous', capability: 'none' } },
  telemetry: { log_level: 'info' },
};
const PINS = { apiVersion: 'sallyport/v1', kind: 'Pins', server: 'files', tools: [] };

/** What tokens need, and keys by URL. */
const ASKS_FOR_KEYS = ['opossum', 'rate-limiter-flexible/lib/RateLimiterMemory.js', 'undici'];

/** Files out of packages that such a start loads, and a few more: an update of a package may need them. */
const MOST_FILES = 520;

interface Imported {
  readonly imported: 'package' | 'file';
  readonly name: string;
  readonly confined: boolean;
}

suite('sallyport serve, at start', { timeout: 60_000 }, () => {
  let directory = '';

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sallyport-imports-'));
    writeFileSync(join(directory, 'pins.json'), JSON.stringify(PINS));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** What both processes imported until the service was ready. */
  async function importedWith(more: object): Promise<readonly Imported[]> {
    writeFileSync(join(directory, 'sallyport.yaml'), JSON.stringify({ ...CONFIG, ...more }));
    const args = ['--import', RECORDER, MAIN, 'serve', '--config', join(directory, 'sallyport.yaml')];
    const service = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [service.stdout, service.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
    service.stdout.on('data', () => output.includes('"msg":"ready"') && service.kill('SIGTERM'));
    await once(service, 'close');
    const lines = output.trimEnd().split('\n');
    const ready = lines.findIndex((line) => line.includes('"msg":"ready"'));
    assert.notEqual(ready, -1, lines.filter((line) => !isImport(line)).join('\n'));
    const imports = lines.slice(0, ready).filter(isImport);
    return imports.map((line) => JSON.parse(line) as Imported);
  }

  const isImport = (line: string): boolean => line.startsWith('{"imported"');
  const packagesOf = (imported: readonly Imported[], confined: boolean): readonly string[] =>
    imported
      .filter((one) => one.imported === 'package' && one.confined === confined)
      .map(({ name }) => name)
      .toSorted();

  test('reads the configuration with nothing but the reader of YAML', async () => {
    assert.deepEqual(packagesOf(await importedWith({}), false), ['yaml']);
  });

  test('loads nothing that the configuration has no need of', async () => {
    const imported = await importedWith({});
    assert.deepEqual(packagesOf(imported, true), IMPORTED_AT_START);
    const files = imported.filter((one) => one.imported === 'file' && one.confined);
    assert.ok(files.length > 100 && files.length <= MOST_FILES, `${files.length} files`);
  });

  test('loads what asks for keys before it is ready, where keys are asked for', async () => {
    const issuer = { issuer: 'https://idp.example', jwks: { url: 'https://idp.example/keys' } };
    const packages = packagesOf(await importedWith({ authenticate: { issuers: [issuer] } }), true);
    assert.deepEqual(packages, [...IMPORTED_AT_START, ...ASKS_FOR_KEYS].toSorted());
  });

  test('loads gRPC before it is ready, where Envoy is served', async () => {
    const envoy = { door: 'ext_authz', socket: 'envoy/door.sock' };
    const listeners = { agents: { bind: '127.0.0.1:0' }, envoy };
    const packages = packagesOf(await importedWith({ listeners }), true);
    assert.deepEqual(packages, [...IMPORTED_AT_START, '@grpc/grpc-js'].toSorted());
  });

  test('loads what speaks to a collector before it is ready, where calls are traced', async () => {
    const tracing = { otlp: { endpoint: 'http://127.0.0.1:9' } };
    const imported = packagesOf(await importedWith({ telemetry: { log_level: 'info', tracing } }), true);
    const more = ['@opentelemetry/api', '@opentelemetry/exporter-trace-otlp-proto', '@opentelemetry/resources'];
    assert.deepEqual(imported, [...IMPORTED_AT_START, ...more].toSorted());
  });

  test('loads what speaks to Redis before it is ready, where limits are in Redis', async () => {
    const store = { kind: 'redis', socket: 'nowhere.sock' };
    const packages = packagesOf(await importedWith({ store }), true);
    assert.deepEqual(packages, [...IMPORTED_AT_START, 'ioredis'].toSorted());
  });
});
