import { readFile } from 'node:fs/promises';
import type { LoadedConfig } from '../config/load.ts';
import { endpointOf } from '../config/loopback.ts';
import { systemClock } from '../kit/clock.ts';
import { unreachable } from '../kit/unreachable.ts';
import type { ExtAuthzListenerConfig } from '../transports/ext-authz/config.ts';
import { createExtAuthzServer } from '../transports/ext-authz/server.ts';
import type { ProxyListenerConfig } from '../transports/proxy/config.ts';
import { createMemoryBudget, type MemoryBudget } from '../transports/proxy/memory-budget.ts';
import { createProxyServer } from '../transports/proxy/server.ts';
import type { ListenerTls } from '../transports/proxy/tls-options.ts';
import type { Assembly } from './assemble.ts';
import type { State } from './state.ts';

/** A door that serves. */
export interface OpenDoor {
  /** Name of its listener. */
  readonly name: string;
  readonly url: string;
  /** Answers nothing new, waits up to `withinMs` for what is in progress, and closes. */
  drain(withinMs: number): Promise<void>;
}

/** What the doors ask for each request, and where they report. */
export interface DoorParts {
  readonly loaded: LoadedConfig;
  /** The assembly in force. */
  readonly current: () => Assembly;
  readonly state: State;
}

/** What the proxies of one process share. */
interface ProxyParts {
  readonly memory: MemoryBudget;
}

/**
 * Opens every listener.
 *
 * @throws whatever keeps one from being opened; none is left open then.
 */
export async function openDoors(parts: DoorParts): Promise<readonly OpenDoor[]> {
  const doors: OpenDoor[] = [];
  const memory = createMemoryBudget(parts.loaded.config.decision.max_buffered_bytes);
  try {
    for (const [name, config] of Object.entries(parts.loaded.config.listeners)) {
      doors.push(await openDoor(name, config, { ...parts, memory }));
    }
    return doors;
  } catch (cause) {
    await Promise.all(doors.map((door) => door.drain(0)));
    throw cause;
  }
}

async function openDoor(
  name: string,
  config: ProxyListenerConfig | ExtAuthzListenerConfig,
  parts: DoorParts & ProxyParts,
): Promise<OpenDoor> {
  switch (config.door) {
    case 'proxy':
      return await openProxy(name, config, parts);
    case 'ext_authz':
      return await openExtAuthz(name, config, parts);
    default:
      return unreachable(config);
  }
}

async function openExtAuthz(
  name: string,
  config: ExtAuthzListenerConfig,
  { loaded, current, state }: DoorParts,
): Promise<OpenDoor> {
  const socketPath = loaded.pathOf(config.socket);
  const door = createExtAuthzServer({
    socketPath,
    engine: config.engine,
    maxMessageBytes: config.max_message_bytes,
    clientCertificates: config.client_certificates,
    current: () => current().extAuthzFor(name),
    clock: systemClock,
    onError: reportTo(state),
  });
  await door.listen();
  return { name, url: `unix:${socketPath}`, drain: (withinMs) => door.drain(withinMs) };
}

async function openProxy(
  name: string,
  config: ProxyListenerConfig,
  { loaded, current, state, memory }: DoorParts & ProxyParts,
): Promise<OpenDoor> {
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
    onError: reportTo(state),
  });
  const address = await door.listen();
  const bound = typeof address === 'string' ? address : `${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  const url = `${tls === undefined ? 'http' : 'https'}://${bound}`;
  return { name, url, drain: (withinMs) => door.drain(withinMs) };
}

function reportTo({ log }: State): (cause: unknown) => void {
  return (cause) => log.error('a request could not be served', { cause: cause instanceof Error ? cause : undefined });
}

async function tlsOf({ tls }: ProxyListenerConfig, loaded: LoadedConfig): Promise<ListenerTls | undefined> {
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
