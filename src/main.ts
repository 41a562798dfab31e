import { hostname } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Assembly, assemble } from './assemble/assemble.ts';
import { operateBreakers } from './assemble/operate-breakers.ts';
import { operateBudgets } from './assemble/operate-budgets.ts';
import { operateLimits } from './assemble/operate-limits.ts';
import { operateStops } from './assemble/operate-stops.ts';
import { operateLogLevels } from './assemble/operate-log-levels.ts';
import { followBundle } from './assemble/follow-bundle.ts';
import { vaultProblems } from './assemble/vault/vault-problems.ts';
import { openDoors } from './assemble/open-doors.ts';
import { openState, type State } from './assemble/state.ts';
import { usageNamesOf } from './assemble/usage-names-of.ts';
import { loadConfig } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { Reloader } from './config/reloader.ts';
import { errorOf, messageOf } from './kit/cause.ts';
import { systemClock } from './kit/clock.ts';
import { printProblem, ProblemsError } from './kit/problem.ts';
import { refuseIfServed, startOperatorServer } from './transports/operator/server.ts';
import type { OperatorStatus } from './transports/operator/status.ts';
import { VERSION } from './version.ts';

export interface StartOptions {
  /** Path of `sallyport.yaml`. */
  readonly configPath: string;
  /** Told what is wrong with a changed configuration, instead of the log. */
  readonly onReloadFailure?: (problems: readonly string[]) => void;
}

/** A Sallyport that serves. */
export interface RunningSallyport {
  /** Where each listener listens, such as `http://127.0.0.1:8700` or `unix:/run/sallyport/envoy.sock`. */
  readonly listeners: ReadonlyMap<string, string>;
  readonly operatorSocket: string;
  /** The configuration in force: the last good one. */
  current(): Assembly;
  /** Reads the configuration again. The last good one stays in force when it cannot be used. Never rejects. */
  reload(): Promise<'swapped' | 'failed'>;
  /** Answers no further call, lets those in progress finish within `drain_ms`, writes what is left and closes. */
  stop(): Promise<void>;
}

/**
 * Reads the configuration, opens what it needs, serves, and follows changes of its files.
 *
 * @throws ProblemsError when the configuration cannot be used, and whatever keeps a store or a listener from being opened.
 *   Nothing is left open then.
 */
export async function startSallyport({ configPath, onReloadFailure }: StartOptions): Promise<RunningSallyport> {
  const loaded = await loadConfig(configPath);
  const { config, stateDir, recordDir } = loaded;
  const operatorSocket =
    config.operator.socket === undefined ? join(stateDir, 'operator.sock') : loaded.pathOf(config.operator.socket);
  await refuseIfServed(operatorSocket);
  const unkept = vaultProblems(loaded);
  if (unkept.length > 0) throw new ProblemsError(unkept);
  await using opened = new AsyncDisposableStack();
  const source = `urn:sallyport:${hostname()}`;
  const state = opened.use(
    await openState({ config, stateDir, recordDir, pathOf: loaded.pathOf, version: VERSION, source }),
  );
  const assemblies = opened.use(await followConfig({ configPath, stateDir, onReloadFailure }, state));
  let phase: OperatorStatus['state'] = 'starting';
  const operator = await startOperatorServer({
    socketPath: operatorSocket,
    metrics: state.metrics,
    openMetrics: state.metrics.openMetrics,
    breakers: operateBreakers(state),
    budgets: operateBudgets(state),
    limits: operateLimits({ ...state, views: () => assemblies.current.policies.limits(), clock: systemClock }),
    stops: operateStops({ ...state, clock: systemClock, current: () => assemblies.current }),
    logLevels: operateLogLevels(state),
    status: () => ({
      state: phase,
      version: VERSION,
      config: configStatus(assemblies),
      record: { state: state.recorder.isFailing ? 'failing' : 'writing' },
    }),
  });
  opened.defer(() => operator.close());
  const doors = await openDoors({ loaded, current: () => assemblies.current, state });
  phase = 'serving';
  const listeners = new Map(doors.map(({ name, url }) => [name, url]));
  state.log.info('ready', { listeners: [...listeners.values()], operator: operatorSocket });
  const kept = opened.move();
  return {
    operatorSocket,
    listeners,
    current: () => assemblies.current,
    reload: () => assemblies.reload(),
    async stop() {
      phase = 'draining';
      state.log.info('stopping', { drain_ms: config.decision.drain_ms });
      state.drain();
      await Promise.all(doors.map((door) => door.drain(config.decision.drain_ms)));
      await kept.disposeAsync();
      state.log.info('stopped');
    },
  };
}

interface Followed extends Pick<StartOptions, 'configPath'> {
  readonly stateDir: string;
  readonly onReloadFailure: StartOptions['onReloadFailure'];
}

/** The assembly of the last good configuration, made anew when its files change. */
async function followConfig(
  { configPath, stateDir, onReloadFailure }: Followed,
  state: State,
): Promise<Reloader<Assembly>> {
  // Nothing here throws: a swap is whole, or it did not happen.
  const enforce = (next: Assembly, previous?: Assembly): void => {
    state.enforce(next);
    const { config } = next.loaded;
    state.metrics.setRoutes(Object.keys(config.passthrough));
    state.metrics.setUsageNames(usageNamesOf(config, next.catalogue, next.policies));
    previous?.supersede();
    refreshQuarantine(state);
    for (const warning of next.warnings)
      state.log.warn('look at the configuration', { problem: printProblem(warning) });
  };
  const bundles = followBundle(stateDir, state);
  const reloader = await Reloader.start<Assembly>({
    clock: systemClock,
    async load() {
      const loaded = await loadConfig(configPath);
      bundles.check(loaded);
      const value = await assemble(loaded, state);
      await bundles.advance(loaded);
      return { value, files: () => loaded.files(), signature: () => loaded.signature() };
    },
    onSwap(next, previous) {
      enforce(next, previous);
      state.metrics.reloaded('ok');
      warnOfRestart(next.loaded.config, previous.loaded.config, state);
      state.log.info('the configuration was reloaded', { digest: next.loaded.digest });
    },
    onFailure(error) {
      state.metrics.reloaded('failed');
      if (onReloadFailure !== undefined) onReloadFailure(linesOf(error));
      else state.log.error('the configuration cannot be used; the last good one stays', { problems: linesOf(error) });
    },
  });
  enforce(reloader.current);
  return reloader;
}

/** Takes over what `catalogue accept` released. When that cannot be read, what is in quarantine stays there. */
function refreshQuarantine({ quarantine, log }: State): void {
  try {
    quarantine.refresh();
  } catch (cause) {
    log.error('the quarantine cannot be read; what is in it stays', { cause: errorOf(cause) });
  }
}

/** What is opened once, at start. */
const OPENED_AT_START = [
  'state_dir',
  'listeners',
  'decision',
  'store',
  'audit',
  'payload_vault',
  'telemetry',
  'operator',
] as const;

function warnOfRestart(next: Config, previous: Config, { log }: State): void {
  const changed = OPENED_AT_START.filter(
    (field) => !isDeepStrictEqual(startedWith(next)[field], startedWith(previous)[field]),
  );
  if (changed.length > 0) log.warn('these changes count after a restart', { sections: changed });
}

/** What metrics tell apart is taken over at once. */
function startedWith(config: Config): Pick<Config, (typeof OPENED_AT_START)[number]> {
  const { telemetry } = config;
  return { ...config, telemetry: { ...telemetry, metrics: { agents: [], tenants: [] } } };
}

function configStatus({ current, failure }: Reloader<Assembly>): OperatorStatus['config'] {
  const { bundle } = current.loaded;
  return {
    digest: current.loaded.digest,
    loadedAt: new Date(current.madeAtMs).toISOString(),
    ...(bundle === undefined
      ? {}
      : { bundle: { name: bundle.name, revision: bundle.revision, digest: bundle.digest } }),
    ...(failure === undefined
      ? {}
      : { failedReload: { at: new Date(failure.atMs).toISOString(), problems: linesOf(failure.error) } }),
  };
}

function linesOf(error: unknown): string[] {
  return messageOf(error).split('\n');
}
