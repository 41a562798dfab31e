import type { LoadedConfig } from '../config/load.ts';
import { endpointOf } from '../config/loopback.ts';
import { systemClock } from '../kit/clock.ts';
import { portableReservations } from './portable-reservations.ts';
import { createHoldNames } from '../sealing/hold-names.ts';
import type { SallyportFacts } from '../stages/facts.ts';
import { unreachable } from '../kit/unreachable.ts';
import type { AuthzenListenerConfig } from '../transports/authzen/config.ts';
import type { ExtAuthzListenerConfig } from '../transports/ext-authz/config.ts';
import type { ExtProcListenerConfig } from '../transports/ext-proc/config.ts';
import type { ForwardAuthListenerConfig } from '../transports/forward-auth/config.ts';
import type { ProxyListenerConfig } from '../transports/proxy/config.ts';
import { createMemoryBudget, type MemoryBudget } from '../transports/proxy/memory-budget.ts';
import { createProxyServer } from '../transports/proxy/server.ts';
import { createByteBudget } from '../transports/reply/byte-budget.ts';
import type { Assembly } from './assemble.ts';
import { envoyAddressOf } from './envoy-address-of.ts';
import { envoyServices } from './envoy-services.ts';
import { followDoorTls } from './follow-door-tls.ts';
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

type EnvoyListenerConfig = ExtAuthzListenerConfig | ExtProcListenerConfig;
type ListenerConfig = ProxyListenerConfig | EnvoyListenerConfig | ForwardAuthListenerConfig | AuthzenListenerConfig;

/** What the doors of one process share. */
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

async function openDoor(name: string, config: ListenerConfig, parts: DoorParts & ProxyParts): Promise<OpenDoor> {
  switch (config.door) {
    case 'proxy':
      return await openProxy(name, config, parts);
    case 'ext_authz':
    case 'ext_proc':
      return await openEnvoy(name, config, parts);
    case 'forward_auth':
      return await openForwardAuth(name, config, parts);
    case 'authzen':
      return await openAuthzen(name, config, parts);
    default:
      return unreachable(config);
  }
}

async function openEnvoy(
  name: string,
  config: EnvoyListenerConfig,
  { loaded, current, state, memory }: DoorParts & ProxyParts,
): Promise<OpenDoor> {
  const exchanges = state.ledgers.of(name);
  if (exchanges === undefined) throw new Error(`no ledger was made for listener ${name}`);
  // Loaded here, at start: who has no such listener does not wait for gRPC.
  const { createEnvoyServer } = await import('../transports/envoy/envoy-server.ts');
  const door = createEnvoyServer<SallyportFacts>({
    address: envoyAddressOf(config, current().tlsFor(name), loaded),
    engine: config.engine,
    maxMessageBytes: config.max_message_bytes,
    clientCertificates: config.client_certificates,
    serverFrom: config.server_from,
    maxStreamsPerPrincipal: config.max_streams_per_principal,
    current: () => current().envoyFor(name),
    clock: systemClock,
    exchanges,
    holds: createHoldNames(state.sealer, name),
    ...(state.isShared ? { reservations: portableReservations(name, state) } : {}),
    replies: memory.replies,
    onError: reportTo(state),
    services: (shared) =>
      envoyServices({
        ...shared,
        wiring: config.door === 'ext_proc' ? 'inspect' : 'authorize',
        outcomes: config.door === 'ext_proc' ? 'access_log' : config.outcomes,
        onEvent: (event) => state.metrics.exchangeEvent(name, event),
        onTry({ decisionId, attempt }) {
          state.breakers.tried(decisionId, attempt);
          state.tracing?.book.attempted(decisionId, attempt);
        },
      }),
  });
  const bound = await door.listen();
  if (bound.kind === 'tls') followDoorTls(name, { door, current, onError: reportTo(state) });
  const url = bound.kind === 'socket' ? `unix:${bound.path}` : `https://${urlHost(bound.host)}:${bound.port}`;
  return { name, url, drain: (withinMs) => door.drain(withinMs) };
}

async function openForwardAuth(
  name: string,
  config: ForwardAuthListenerConfig,
  { loaded, current, state, memory }: DoorParts & ProxyParts,
): Promise<OpenDoor> {
  const { createForwardAuthServer } = await import('../transports/forward-auth/server.ts');
  const socketPath = loaded.pathOf(config.socket);
  const door = createForwardAuthServer<SallyportFacts>({
    socketPath,
    maxConnections: config.max_connections,
    requestTimeoutMs: config.request_timeout_ms,
    original: config.original,
    refusals: config.refusals,
    current: () => current().forwardAuthFor(name),
    clock: systemClock,
    bodies: memory.bodies,
    onError: reportTo(state),
  });
  await door.listen();
  return { name, url: `unix:${socketPath}`, drain: (withinMs) => door.drain(withinMs) };
}

/** Questions of the largest size that may be held at once. */
const QUESTIONS_AT_ONCE = 32;

async function openAuthzen(
  name: string,
  config: AuthzenListenerConfig,
  { loaded, current, state }: DoorParts,
): Promise<OpenDoor> {
  const { createAuthzenServer } = await import('../transports/authzen/server.ts');
  const { socket, bind = '127.0.0.1:0' } = config;
  const endpoint = endpointOf(bind);
  const door = createAuthzenServer<SallyportFacts>({
    address: socket === undefined ? { kind: 'tcp', ...endpoint } : { kind: 'socket', path: loaded.pathOf(socket) },
    maxConnections: config.max_connections,
    requestTimeoutMs: config.request_timeout_ms,
    maxBodyBytes: config.max_body_bytes,
    maxEvaluations: config.max_evaluations,
    policyDecisionPoint: config.policy_decision_point,
    current: () => current().authzen,
    clock: systemClock,
    // Their own: questions, which anyone may send, never keep the bodies of calls out.
    bodies: createByteBudget(QUESTIONS_AT_ONCE * config.max_body_bytes),
    onError: reportTo(state),
  });
  const port = await door.listen();
  const url = socket === undefined ? `http://${urlHost(endpoint.host)}:${port}` : `unix:${loaded.pathOf(socket)}`;
  return { name, url, drain: (withinMs) => door.drain(withinMs) };
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

async function openProxy(
  name: string,
  config: ProxyListenerConfig,
  { current, state, memory }: DoorParts & ProxyParts,
): Promise<OpenDoor> {
  const { host, port } = endpointOf(config.bind);
  const door = createProxyServer({
    address: { kind: 'tcp', host, port },
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
  const bound = typeof address === 'string' ? address : `${urlHost(host)}:${address.port}`;
  const url = `${config.tls === undefined ? 'http' : 'https'}://${bound}`;
  return { name, url, drain: (withinMs) => door.drain(withinMs) };
}

function reportTo({ log }: State): (cause: unknown) => void {
  return (cause) => log.error('a request could not be served', { cause: cause instanceof Error ? cause : undefined });
}
