import { resolve } from 'node:path';
import { serverConfigOf } from '../../catalogue/config.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { isSameEndpoint } from '../../config/loopback.ts';
import type { Config } from '../../config/schema.ts';
import { ProblemsError } from '../../kit/problem.ts';
import { CommandError } from '../command-error.ts';
import type { EnvoyPlan, Opening } from './file/envoy-plan.ts';
import { type DoorOptions, plannedDoor } from './planned-door.ts';
import { SALLYPORT } from './file/sallyport-cluster.ts';
import { type EnvoyListener, envoyListener } from './envoy-listener.ts';
import { plannedServer } from './planned-server.ts';

/** What the command line adds to the configuration. */
export interface RenderWish {
  /** Name of the listener; not needed where there is one. */
  readonly listener: string | undefined;
  readonly openings: readonly Opening[];
  /** Socket of Envoy's administration. */
  readonly admin: string | undefined;
  readonly authorities: string;
  /** How Envoy reaches the listener. */
  readonly door: DoorOptions;
}

/** How much longer than Sallyport Envoy waits, so that Sallyport's own refusal comes first. */
const PATIENCE = 1.25;

/**
 * What an Envoy for one listener of a configuration must be.
 *
 * @throws CommandError when the listener is none that Envoy asks, or the wish does not fit it.
 * @throws ProblemsError when a server cannot be served by Envoy as it is written.
 */
export async function planOfConfig(loaded: LoadedConfig, wish: RenderWish): Promise<EnvoyPlan> {
  const { config } = loaded;
  const [name, listener] = envoyListener(config, wish.listener);
  refuseUnverified(name, listener, wish.openings);
  const servers = serversOf(loaded, name);
  refuseLoops(servers, wish.openings);
  const outcomes = listener.door === 'ext_proc' || listener.outcomes === 'access_log';
  return {
    wiring: listener.door === 'ext_authz' ? 'authorize' : 'inspect',
    replies: listener.door === 'ext_proc' || listener.replies === 'ext_proc',
    outcomes,
    traced: outcomes && config.telemetry.tracing !== undefined,
    triesCount: outcomes && servers.some(({ retries, hasBreaker }) => hasBreaker && retries !== undefined),
    door: await plannedDoor(name, listener, wish.door, loaded),
    transparent: listener.server_from === 'original_destination',
    forwardsCertificates: listener.client_certificates === 'xfcc_sanitize_set',
    admin: wish.admin === undefined ? undefined : resolve(wish.admin),
    timeoutMs: timeoutFor(config),
    openings: wish.openings,
    servers,
    authorities: resolve(wish.authorities),
  };
}

/** Tokens bound to certificates that nobody verifies would be anybody's. */
function refuseUnverified(name: string, listener: EnvoyListener, openings: readonly Opening[]): void {
  if (listener.client_certificates === 'ignored') return;
  if (
    openings.some(({ tls }) => tls !== undefined) &&
    openings.every(({ tls }) => tls?.clientCa !== undefined || tls === undefined)
  )
    return;
  throw new CommandError(
    `listener "${name}" says client_certificates: ${listener.client_certificates}. Give --tls-cert, --tls-key and --client-ca, so that Envoy verifies them.`,
  );
}

/** What Envoy forwards must not come back to it. */
function refuseLoops(servers: EnvoyPlan['servers'], openings: readonly Opening[]): void {
  for (const { name, upstream } of servers) {
    const { at } = upstream;
    if ('host' in at && openings.some((opening) => opening.port !== 0 && isSameEndpoint(opening, at))) {
      throw new CommandError(
        `the upstream of server "${name}" is where Envoy itself listens. Give --bind another port.`,
      );
    }
  }
}

function serversOf({ config, source, pathOf }: LoadedConfig, listener: string): EnvoyPlan['servers'] {
  const own = Object.entries(config.servers).filter(([, server]) => server.listener === listener);
  if (own.length === 0) throw new CommandError(`no server names listener "${listener}": there is nothing to route to.`);
  if (own.some(([name]) => name === SALLYPORT)) {
    const message = `the cluster "${SALLYPORT}" is Sallyport itself.`;
    throw new ProblemsError([source.problem(['servers', SALLYPORT], message, 'Give the server another name.')]);
  }
  return own.map(([name, written]) =>
    plannedServer(name, serverConfigOf(written), {
      pathOf: (path) => resolve(pathOf(path)),
      problem: (field, message, advice) =>
        new ProblemsError([source.problem(['servers', name, field], message, advice)]),
    }),
  );
}

function timeoutFor({ decision }: Config): number {
  return Math.ceil((decision.deadline_ms * PATIENCE) / 100) * 100;
}
