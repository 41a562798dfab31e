import { readFile } from 'node:fs/promises';
import type { LoadedConfig } from '../config/load.ts';
import { endpointOf } from '../config/loopback.ts';
import { systemClock } from '../kit/clock.ts';
import type { ListenerConfig } from '../transports/proxy/config.ts';
import { createMemoryBudget, type MemoryBudget } from '../transports/proxy/memory-budget.ts';
import { createProxyServer, type ProxyDoor } from '../transports/proxy/server.ts';
import type { ListenerTls } from '../transports/proxy/tls-options.ts';
import type { Assembly } from './assemble.ts';
import type { State } from './state.ts';

/** A listener that listens. */
export interface OpenDoor {
  /** Its name in the configuration. */
  readonly name: string;
  /** Where it listens, such as `http://127.0.0.1:8700`. */
  readonly url: string;
  readonly door: ProxyDoor;
}

/**
 * Opens every configured listener; each serves what `current` says at the time of the call.
 *
 * @throws what keeps one of them from listening; none is open then.
 */
export async function openDoors(
  loaded: LoadedConfig,
  current: () => Assembly,
  state: State,
): Promise<readonly OpenDoor[]> {
  const doors: OpenDoor[] = [];
  const memory = createMemoryBudget(loaded.config.decision.max_buffered_bytes);
  try {
    for (const [name, config] of Object.entries(loaded.config.listeners)) {
      doors.push(await openDoor({ name, config, loaded, current, state, memory }));
    }
    return doors;
  } catch (cause) {
    await Promise.all(doors.map(({ door }) => door.drain(0)));
    throw cause;
  }
}

interface DoorParts {
  readonly name: string;
  readonly config: ListenerConfig;
  readonly loaded: LoadedConfig;
  readonly current: () => Assembly;
  readonly state: State;
  readonly memory: MemoryBudget;
}

async function openDoor({ name, config, loaded, current, state, memory }: DoorParts): Promise<OpenDoor> {
  const { host, port } = endpointOf(config.bind);
  const tls = await tlsOf(config, loaded);
  const door = createProxyServer({
    address: { kind: 'tcp', host, port },
    ...(tls === undefined ? {} : { tls }),
    current: () => current().proxyFor(name),
    clock: systemClock,
    memory,
    maxConnections: config.max_connections,
    maxStreamsPerPrincipal: config.max_streams_per_principal,
    maxHeaderBytes: config.max_header_bytes,
    headersTimeoutMs: config.headers_timeout_ms,
    requestTimeoutMs: config.request_timeout_ms,
    onError: (cause) =>
      state.log.error('a request could not be served', { cause: cause instanceof Error ? cause : undefined }),
  });
  const address = await door.listen();
  const bound = typeof address === 'string' ? address : `${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  return { name, door, url: `${tls === undefined ? 'http' : 'https'}://${bound}` };
}

async function tlsOf({ tls }: ListenerConfig, loaded: LoadedConfig): Promise<ListenerTls | undefined> {
  if (tls === undefined) return undefined;
  const read = async (path: string): Promise<string> => await readFile(loaded.pathOf(path), 'utf8');
  const certificates = { cert: await read(tls.certificate), key: await read(tls.key) };
  if (tls.client_ca === undefined) return { ...certificates, clientCertificates: 'none' };
  return {
    ...certificates,
    clientCa: await read(tls.client_ca),
    clientCertificates: tls.require_client_certificate ? 'required' : 'optional',
  };
}
