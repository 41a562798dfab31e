import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildGo } from '../../test/e2e/go.ts';
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
  return await buildGo({ source: SOURCE, binary: BINARY });
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
