import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { type Import, importsOf, type SourceFile, sourceFiles } from './imports.ts';

/*
 * Which room may import which (types count). The table is the law; docs/design.md and STYLE point here.
 */
const ROOMS: Readonly<Record<string, readonly string[] | 'any'>> = {
  'kit': [],
  'source': ['kit'],
  'call': ['kit'],
  'constraint': ['kit'],
  'sealing': ['kit'],
  'capability': ['constraint', 'kit'],
  'catalogue': ['call', 'constraint', 'source', 'kit'],
  'policy': ['constraint', 'call', 'capability', 'catalogue', 'source', 'kit'],
  'bundle': ['call', 'capability', 'policy', 'source', 'stores', 'kit'],
  'decision': ['call', 'kit'],
  'stages': ['decision', 'call', 'capability', 'catalogue', 'policy', 'constraint', 'sealing', 'kit'],
  'outcome': ['call', 'decision', 'capability', 'catalogue', 'policy', 'sealing', 'kit'],
  'transports': ['decision', 'outcome', 'call', 'kit'],
  'stores': ['stages', 'audit', 'capability', 'catalogue', 'kit'],
  'audit': ['decision', 'call', 'kit'],
  'vault': ['audit', 'outcome', 'decision', 'call', 'kit'],
  'telemetry': ['decision', 'call', 'kit'],
  'config': ['bundle', 'source', 'kit'],
  'bridge': ['kit'],
  'assemble': 'any',
  'main.ts': ['assemble', 'config', 'transports', 'kit', 'version.ts'],
  'version.ts': [],
  'cli': 'any',
};

/** Which room may use a package. One that is not here may be used by none. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@bufbuild/cel': ['constraint'],
  '@grpc/grpc-js': ['transports'],
  '@modelcontextprotocol/client': ['bridge', 'catalogue', 'cli'],
  '@modelcontextprotocol/node': ['bridge', 'cli'],
  '@modelcontextprotocol/server': ['bridge', 'cli'],
  '@opentelemetry/api': ['telemetry'],
  '@opentelemetry/exporter-trace-otlp-grpc': ['telemetry'],
  '@opentelemetry/exporter-trace-otlp-proto': ['telemetry'],
  '@opentelemetry/resources': ['telemetry'],
  '@opentelemetry/sdk-trace': ['telemetry'],
  '@platformatic/kafka': ['stores'],
  '@prometheus-io/client': ['telemetry'],
  'ajv': ['constraint'],
  'commander': ['cli'],
  'http-proxy-3': ['transports'],
  'ioredis': ['stores'],
  'ipaddr.js': ['constraint'],
  'jose': ['bundle', 'capability', 'stores', 'cli'],
  'opossum': ['stores'],
  'pino': ['telemetry'],
  'rate-limiter-flexible': ['stores'],
  're2js': ['constraint'],
  'semver': ['constraint'],
  'undici': ['transports', 'stores', 'catalogue', 'cli'],
  'yaml': ['source', 'cli'],
  'zod': [
    'source',
    'catalogue',
    'policy',
    'bundle',
    'stages',
    'stores',
    'audit',
    'vault',
    'telemetry',
    'transports',
    'config',
    'cli',
  ],
  // What touches the world is named too: the deciding rooms compute and nothing else.
  'node:fs': [
    'kit',
    'sealing',
    'audit',
    'vault',
    'bundle',
    'config',
    'policy',
    'stores',
    // Its lines go to a descriptor, and to nothing that has a path.
    'telemetry',
    'transports',
    'assemble',
    'main.ts',
    'cli',
    'bridge',
  ],
  'node:http': ['transports', 'bridge', 'cli'],
  'node:http2': ['transports'],
  'node:https': ['transports', 'bridge'],
  'node:net': ['transports', 'stores', 'config', 'cli'],
  'node:tls': ['transports', 'cli'],
  // Where a passthrough route leads must be known before it is dialled.
  'node:dns': ['transports'],
  // The index of the record: commands write it, the service does not.
  'node:sqlite': ['audit', 'vault'],
  'node:worker_threads': ['call', 'audit', 'vault', 'assemble'],
  // The served process never spawns (STYLE §7): only commands do.
  'node:child_process': ['cli', 'bridge'],
};

/** Packages of Node that compute and touch nothing outside the process. */
const PURE = [
  'buffer',
  'crypto',
  'events',
  'os',
  'path',
  'perf_hooks',
  'process',
  'stream',
  'timers',
  'url',
  'util',
  'zlib',
];

const MAX_LINES = 400;
/** Tables that are long because there is much to list. */
const LONG_TABLES: readonly string[] = ['call/reason.ts'];

const SRC = join(import.meta.dirname, '..', 'src');

function roomOf(path: string): string {
  return path.split('/', 1)[0] ?? path;
}

/** The part of a room that must not know its siblings: one stage, one transport. */
function cellOf(path: string): string | undefined {
  const [room, cell, ...rest] = path.split('/');
  return (room === 'stages' || room === 'transports') && rest.length > 0 ? `${room}/${cell}` : undefined;
}

/** Cells of `transports` that every door may use. They know no door. */
const SHARED_CELLS: ReadonlySet<string> = new Set([
  'transports/envoy',
  'transports/grpc',
  'transports/http',
  'transports/refusal',
  'transports/reply',
  'transports/request',
]);

/** Shared cells that say what goes over the wire and leave to the doors how: nothing that carries it is known there. */
const WIRELESS_CELLS: ReadonlySet<string> = new Set(['transports/refusal', 'transports/reply', 'transports/request']);
const WIRES: ReadonlySet<string> = new Set([
  '@grpc/grpc-js',
  'http-proxy-3',
  'undici',
  'node:http',
  'node:http2',
  'node:https',
  'node:net',
  'node:tls',
]);

/** What is wrong with an import; `undefined` when nothing is. */
function crossing({ from, to }: Import): string | undefined {
  const room = roomOf(from);
  if (to.kind === 'package') return packageCrossing(room, from, to.name);
  if (to.path === '../package.json') return from === 'version.ts' ? undefined : `${from} → package.json`;
  const target = roomOf(to.path);
  const [own, other] = [cellOf(from), cellOf(to.path)];
  const siblings = own !== undefined && other !== undefined && own !== other && !SHARED_CELLS.has(other);
  if (target === room) return siblings ? `${from} → ${to.path}: siblings do not know each other` : undefined;
  const allowed = ROOMS[room];
  if (allowed === undefined) return `${from}: the room ${room} is not in the table`;
  if (allowed === 'any' || allowed.includes(target)) return undefined;
  // The configuration joins the sections that the rooms themselves define.
  if (room === 'config' && to.path.endsWith('/config.ts')) return undefined;
  return `${from} → ${to.path}`;
}

function packageCrossing(room: string, from: string, name: string): string | undefined {
  const builtin = name.startsWith('node:') && PURE.includes(name.slice('node:'.length));
  const wired = WIRES.has(name) && WIRELESS_CELLS.has(cellOf(from) ?? '');
  return !wired && (builtin || PACKAGES[name]?.includes(room)) ? undefined : `${from} → ${name}`;
}

function crossingsIn(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(importsOf).flatMap((found) => crossing(found) ?? []);
}

suite('architecture', () => {
  const files = sourceFiles(SRC);

  test('is looked at: there are files in every room', () => {
    assert.ok(files.length > 200);
    const rooms = new Set(files.map(({ path }) => roomOf(path)));
    assert.deepEqual([...rooms].toSorted(), Object.keys(ROOMS).toSorted());
  });

  test('has no import that the table does not allow', () => {
    assert.deepEqual(crossingsIn(files), []);
  });

  test('resolves every relative import to a file that is there', () => {
    const paths = new Set([...files.map(({ path }) => path), '../package.json']);
    const lost = files
      .flatMap(importsOf)
      .filter(({ to }) => to.kind === 'file' && !paths.has(to.path))
      .map(({ from, to }) => `${from} → ${JSON.stringify(to)}`);
    assert.deepEqual(lost, []);
  });

  test('notices a planted crossing of each kind', () => {
    const planted: readonly [path: string, text: string][] = [
      ['decision/a.ts', `import { x } from '../transports/proxy/server.ts';`],
      ['decision/a.ts', `import type { X } from '../stages/facts.ts';`],
      ['decision/a.ts', `export { x } from '../audit/recorder.ts';`],
      ['decision/a.ts', `export * from '../audit/recorder.ts';`],
      ['decision/a.ts', `const x = await import('../telemetry/log.ts');`],
      ['decision/a.ts', `import fs from 'node:fs/promises';`],
      ['policy/a.ts', `import { request } from 'undici';`],
      ['policy/a.ts', `import type { Logger } from 'pino';`],
      ['stages/tool/check.ts', `import { x } from '../policy/check.ts';`],
      ['transports/operator/server.ts', `import { x } from '../proxy/server.ts';`],
      ['transports/ext-authz/server.ts', `import { x } from '../proxy/server.ts';`],
      ['transports/refusal/reply.ts', `import { x } from '../ext-authz/server.ts';`],
      ['transports/http/strict-server.ts', `import { x } from '../proxy/door.ts';`],
      ['transports/envoy/once.ts', `import { x } from '../ext-proc/processing-request.ts';`],
      ['transports/reply/judge-head.ts', `import type { X } from '../proxy/exchange.ts';`],
      ['transports/reply/judge-head.ts', `import type { Dispatcher } from 'undici';`],
      ['transports/reply/judge-head.ts', `import type { ServerResponse } from 'node:http';`],
      ['transports/proxy/server.ts', `import { spawn } from 'node:child_process';`],
      ['config/schema.ts', `import { x } from '../policy/load-policies.ts';`],
      ['kit/a.ts', `import type { Call } from '../call/call.ts';`],
      ['kit/a.ts', `import x from 'left-pad';`],
      ['nowhere/a.ts', `import { x } from '../kit/clock.ts';`],
    ];
    for (const [path, text] of planted) assert.equal(crossingsIn([{ path, text }]).length, 1, text);
  });

  test('refuses to overlook what it cannot read', () => {
    assert.throws(
      () => crossingsIn([{ path: 'kit/a.ts', text: 'const name = "x"; await import(name);' }]),
      /not a literal/,
    );
    assert.throws(() => crossingsIn([{ path: 'kit/a.ts', text: 'import { from' }]), /kit\/a\.ts/);
  });

  test('allows what the table allows', () => {
    const fine: readonly [path: string, text: string][] = [
      [
        'stages/tool/check.ts',
        `import type { F } from '../facts.ts'; import { sha256Hex } from '../../kit/digest.ts';`,
      ],
      ['transports/ext-authz/server.ts', `import { x } from '../grpc/server.ts';`],
      ['transports/proxy/relay-reply.ts', `import { x } from '../reply/judge-head.ts'; import { y } from 'undici';`],
      ['config/schema.ts', `import { auditSchema } from '../audit/config.ts';`],
      ['kit/digest.ts', `import { hash } from 'node:crypto';`],
    ];
    for (const [path, text] of fine) assert.deepEqual(crossingsIn([{ path, text }]), []);
  });

  test(`has no source file of more than ${MAX_LINES} lines`, () => {
    const long = files
      .filter(({ path }) => !LONG_TABLES.includes(path))
      .map(({ path, text }) => ({ path, lines: text.split('\n').length }))
      .filter(({ lines }) => lines > MAX_LINES);
    assert.deepEqual(long, []);
  });
});
