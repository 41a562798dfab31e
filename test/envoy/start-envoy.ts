import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authority, makeAuthority } from '../../src/transports/proxy/certificates.fixture.ts';
import type { Wiring } from '../e2e/carriers.ts';
import { renderEnvoy } from './render-envoy.ts';
import { type EnvoyProcess, runEnvoy, type RunEnvoyOptions } from './run-envoy.ts';

export interface StartEnvoyOptions {
  /** Which of the shipped files. Default: authorize. */
  readonly wiring?: Wiring;
  /** Socket of Sallyport's door; nobody needs to listen there. */
  readonly socket: string;
  /** URL of the tool server, on loopback and at `/mcp`. */
  readonly upstream: string;
  /** Threads that carry requests, each with connections of its own to Sallyport. Default: 2. */
  readonly workers?: number;
  /** Last changes of the configuration's text. */
  readonly edit?: (text: string) => string;
}

/** A real Envoy that serves one of the shipped files. */
export interface RunningEnvoy extends EnvoyProcess {
  /** URL of the server `files`, without TLS. */
  readonly url: string;
  /** The same behind TLS with client certificates. */
  readonly tlsUrl: string;
  /** Signs client certificates that the TLS listener takes, and its own for `localhost`. */
  readonly agents: Authority;
}

/** Starts Envoy on free ports, and waits until it listens. */
export async function startEnvoy({
  wiring = 'authorize',
  socket,
  upstream,
  workers = 2,
  edit = (text) => text,
}: StartEnvoyOptions): Promise<RunningEnvoy> {
  const folder = await mkdtemp(join(tmpdir(), 'envoy-'));
  const agents = makeAuthority('agents', 'P-256');
  await writeCertificates(folder, agents);
  const text = edit(renderEnvoy({ wiring, folder, socket, upstreamPort: Number(new URL(upstream).port) }));
  return await startOn({ folder, agents, text, workers });
}

export interface StartOnOptions extends RunEnvoyOptions {
  /** Its own, with the certificates that `text` names. It goes with it. */
  readonly folder: string;
  readonly agents: Authority;
  /** Its configuration. */
  readonly text: string;
}

/** Starts Envoy on a configuration that has the listeners of the shipped files, and waits until it listens. */
export async function startOn({ folder, agents, text, ...how }: StartOnOptions): Promise<RunningEnvoy> {
  const running = await runEnvoy(folder, text, how);
  return {
    ...running,
    url: `http://127.0.0.1:${running.ports.get('agents')}/files`,
    tlsUrl: `https://localhost:${running.ports.get('agents-tls')}/files`,
    agents,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writeCertificates(folder: string, authority: Authority): Promise<void> {
  const own = authority.issue('localhost', ['dns:localhost', 'ip:127.0.0.1']);
  await writeFile(join(folder, 'server.pem'), own.cert);
  await writeFile(join(folder, 'server.key'), own.key);
  await writeFile(join(folder, 'agents-ca.pem'), authority.ca);
}
