import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Assembly, assemble } from './assemble/assemble.ts';
import { openState, type State } from './assemble/state.ts';
import { type LoadedConfig, loadConfig } from './config/load.ts';
import { endpointOf } from './config/loopback.ts';
import { systemClock } from './kit/clock.ts';
import { printProblem } from './kit/problem.ts';
import { startOperatorServer } from './transports/operator/server.ts';
import type { OperatorStatus } from './transports/operator/status.ts';
import type { ListenerConfig } from './transports/proxy/config.ts';
import { createProxyServer, type ProxyDoor } from './transports/proxy/server.ts';
import type { ListenerTls } from './transports/proxy/tls-options.ts';
import { VERSION } from './version.ts';

export interface StartOptions {
  /** Path of `sallyport.yaml`. */
  readonly configPath: string;
}

/** A Sallyport that serves. */
export interface RunningSallyport {
  /** Where each listener listens, as `http://127.0.0.1:8700`. */
  readonly listeners: ReadonlyMap<string, string>;
  readonly operatorSocket: string;
  /** The configuration in force: the last good one. */
  current(): Assembly;
  /** Reads the configuration again. The last good one stays in force when it cannot be used; then this says `failed`. */
  reload(): Promise<'reloaded' | 'failed'>;
  /** Answers no further call, lets those in progress finish within `drain_ms`, writes what is left and closes. */
  stop(): Promise<void>;
}

/**
 * Reads the configuration, opens what it needs and serves.
 *
 * @throws ProblemsError when the configuration cannot be used, and whatever keeps a store or a listener from being opened.
 *   Nothing is left open then.
 */
export async function startSallyport({ configPath }: StartOptions): Promise<RunningSallyport> {
  const loaded = await loadConfig(configPath);
  const { config, stateDir } = loaded;
  await using opened = new AsyncDisposableStack();
  const state = opened.use(
    await openState({ config, stateDir, version: VERSION, source: `urn:sallyport:${hostname()}` }),
  );
  const configuration = await follow(configPath, loaded, state);
  const operatorSocket =
    config.operator.socket === undefined ? join(stateDir, 'operator.sock') : loaded.pathOf(config.operator.socket);
  let phase: OperatorStatus['state'] = 'starting';
  const operator = await startOperatorServer({
    socketPath: operatorSocket,
    metrics: state.metrics,
    status: () => ({
      state: phase,
      version: VERSION,
      config: configuration.status(),
      record: { state: state.recorder.isFailing ? 'failing' : 'writing' },
    }),
  });
  opened.defer(() => operator.close());

  const doors = await openDoors(loaded, configuration, state);
  phase = 'serving';
  const { drain_ms: drainMs } = config.decision;
  const kept = opened.move();
  return {
    operatorSocket,
    listeners: new Map(doors.map(({ name, url }) => [name, url])),
    current: () => configuration.assembly(),
    reload: () => configuration.reload(),
    async stop() {
      phase = 'draining';
      state.drain();
      await Promise.all(doors.map(({ door }) => door.drain(drainMs)));
      await kept.disposeAsync();
    },
  };
}

/** The configuration as it is now and as it is reloaded. */
interface FollowedConfig {
  assembly(): Assembly;
  reload(): Promise<'reloaded' | 'failed'>;
  status(): OperatorStatus['config'];
}

async function follow(configPath: string, first: LoadedConfig, state: State): Promise<FollowedConfig> {
  let current = await assemble(first, state);
  let loadedAtMs = systemClock.nowMs();
  let failedReload: OperatorStatus['config']['failedReload'];
  warn(current, state);
  state.enforce(current);
  return {
    assembly: () => current,
    status: () => ({
      digest: current.loaded.digest,
      loadedAt: new Date(loadedAtMs).toISOString(),
      ...(failedReload === undefined ? {} : { failedReload }),
    }),
    async reload() {
      try {
        const next = await assemble(await loadConfig(configPath), state);
        const previous = current;
        state.quarantine.refresh();
        current = next;
        state.enforce(next);
        previous.supersede();
        loadedAtMs = systemClock.nowMs();
        failedReload = undefined;
        warn(next, state);
        state.metrics.reloaded('ok');
        state.log.info('the configuration was reloaded', { digest: next.loaded.digest });
        return 'reloaded';
      } catch (cause) {
        const problems = (cause instanceof Error ? cause.message : String(cause)).split('\n');
        failedReload = { at: new Date(systemClock.nowMs()).toISOString(), problems };
        state.metrics.reloaded('failed');
        state.log.error('the configuration cannot be used; the last good one stays in force', { problems });
        return 'failed';
      }
    },
  };
}

function warn({ warnings }: Assembly, { log }: State): void {
  for (const warning of warnings) log.warn('look at the configuration', { problem: printProblem(warning) });
}

interface OpenDoor {
  readonly name: string;
  readonly url: string;
  readonly door: ProxyDoor;
}

async function openDoors(loaded: LoadedConfig, configuration: FollowedConfig, state: State): Promise<OpenDoor[]> {
  const doors: OpenDoor[] = [];
  try {
    for (const [name, config] of Object.entries(loaded.config.listeners)) {
      doors.push(await openDoor(name, config, loaded, configuration, state));
    }
    return doors;
  } catch (cause) {
    await Promise.all(doors.map(({ door }) => door.drain(0)));
    throw cause;
  }
}

async function openDoor(
  name: string,
  config: ListenerConfig,
  loaded: LoadedConfig,
  configuration: FollowedConfig,
  state: State,
): Promise<OpenDoor> {
  const { host, port } = endpointOf(config.bind);
  const tls = await tlsOf(config, loaded);
  const door = createProxyServer({
    address: { kind: 'tcp', host, port },
    ...(tls === undefined ? {} : { tls }),
    current: () => configuration.assembly().proxyFor(name),
    clock: systemClock,
    maxConnections: config.max_connections,
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
