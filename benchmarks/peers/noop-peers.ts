import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess, type StartedProcess } from './started-process.ts';

/** A service that allows everything. */
export interface NoopProcess extends StartedProcess {
  readonly socket: string;
}

export interface NoopOptions {
  readonly cpu?: number;
  /** Flags of Node before the program. */
  readonly flags?: readonly string[];
}

const NOOP = fileURLToPath(new URL('noop-process.ts', import.meta.url));
const SOURCE = fileURLToPath(new URL('go-noop', import.meta.url));
const BINARY = fileURLToPath(new URL('../../.parts/go-noop/go-noop', import.meta.url));

/** The one on an engine of ours. */
export async function startNoop(
  engine: 'http2' | 'grpc-js',
  { cpu, flags = [] }: NoopOptions = {},
): Promise<NoopProcess> {
  return await withSocket((socket) => ({ command: process.execPath, args: [...flags, NOOP, engine, socket] }), cpu);
}

/** The one in Go, built by `buildGoNoop()`. */
export async function startGoNoop({ cpu }: NoopOptions = {}): Promise<NoopProcess> {
  return await withSocket((socket) => ({ command: BINARY, args: [socket] }), cpu);
}

/** Builds it, with modules from Go's proxy. @returns Why it is not there, else `undefined`. */
export async function buildGoNoop(): Promise<string | undefined> {
  const go = goCommand();
  if (go === undefined) return 'Go is not installed';
  await mkdir(join(BINARY, '..'), { recursive: true });
  const { status, stderr } = spawnSync(go, ['build', '-o', BINARY, '.'], { cwd: SOURCE, encoding: 'utf8' });
  return status === 0 ? undefined : `go build: ${stderr.trim().split('\n').at(-1)}`;
}

/** What `go version` says; `undefined` without Go. */
export function goVersion(): string | undefined {
  const go = goCommand();
  if (go === undefined) return undefined;
  return spawnSync(go, ['version'], { encoding: 'utf8' }).stdout.split(' ')[2];
}

/** Where Go is; `undefined` when it is not installed. */
export function goCommand(): string | undefined {
  return ['go', '/usr/local/go/bin/go'].find(
    (command) => (command === 'go' || existsSync(command)) && spawnSync(command, ['version']).status === 0,
  );
}

async function withSocket(
  of: (socket: string) => { readonly command: string; readonly args: readonly string[] },
  cpu: number | undefined,
): Promise<NoopProcess> {
  // mkdtemp makes it 0700.
  const folder = await mkdtemp(join(tmpdir(), 'noop-'));
  const socket = join(folder, 'noop.sock');
  const started = await startProcess({ ...of(socket), ready: /^(ready)$/m, ...(cpu === undefined ? {} : { cpu }) });
  return {
    ...started,
    socket,
    async [Symbol.asyncDispose]() {
      await started[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
