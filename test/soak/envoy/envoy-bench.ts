import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Header } from '../../attacks/peer.ts';
import { ALLOW_ALL, writeProject } from '../../e2e/start-sallyport.ts';
import { type CallLoad, type CallLoadOptions, createCallLoad } from '../../envoy/load/call-load.ts';
import { type LoadUpstream, startLoadUpstream } from '../../envoy/load/load-upstream.ts';
import type { Wiring } from '../../e2e/carriers.ts';
import { type RunningEnvoy, startEnvoy } from '../../envoy/start-envoy.ts';
import { doorSocket, listenerOf } from '../../e2e/carriers.ts';
import { createIssuer, ISSUER, LIFETIME_S, RESOURCE } from '../issuer.ts';
import { type ServedProcess, type ServeOptions, startServed } from '../served-process.ts';

/** How Envoy ends its streams to Sallyport: as the shipped file says, or as it does by itself, with a reset each. */
export type Closing = 'graceful' | 'default';

export interface EnvoyBenchOptions {
  readonly wiring: Wiring;
  readonly closing?: Closing;
  /** Threads of Envoy, each with a connection of its own to Sallyport. */
  readonly workers?: number;
}

/** A real Envoy in front of a tool server, and all that a Sallyport of built files needs to be the one that it asks. */
export interface EnvoyBench extends AsyncDisposable {
  /** Of `sallyport.yaml`, the state and the record. */
  readonly folder: string;
  readonly upstream: LoadUpstream;
  readonly envoy: RunningEnvoy;
  /** Starts the Sallyport of this bench, confined as it is in earnest. */
  serve(options?: ServeOptions): Promise<ServedProcess>;
  /** Callers of it, with a token that lasts. */
  load(options: Omit<CallLoadOptions, 'url' | 'headers'>): CallLoad;
  /** Replaces the policy in one step; it counts from the next reload. */
  setPolicy(text: string): Promise<void>;
}

const GRACEFUL = 'envoy.reloadable_features.ext_proc_graceful_grpc_close: true';
/** Small, so that a short run rotates segments too. */
const SEGMENT_BYTES = 8 * 1024 * 1024;

export async function openEnvoyBench(options: EnvoyBenchOptions): Promise<EnvoyBench> {
  const { wiring, closing = 'graceful', workers = 2 } = options;
  await using opened = new AsyncDisposableStack();
  const upstream = opened.use(await startLoadUpstream());
  const issuer = createIssuer();
  const folder = await writeProject({
    servers: { files: upstream.url },
    listeners: listenerOf({ carrier: wiring }),
    // All calls are made by one.
    serverLines: [`resource: ${RESOURCE}`, 'max_calls_per_principal: 1000'],
    files: { 'jwks.json': issuer.jwks },
    // Callers, Envoy and the tool server run beside it here: a slow event loop is no sign of too much work.
    decision: ['max_loop_delay_ms: 10000'],
    level: 'info',
    more: [
      'authenticate:',
      `  issuers: [{ issuer: "${ISSUER}", jwks: { file: jwks.json }, max_lifetime_s: ${LIFETIME_S} }]`,
      `audit: { segment_bytes: ${SEGMENT_BYTES} }`,
    ].join('\n'),
  });
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  upstream.forget();
  const edit = closing === 'default' ? asEnvoyCloses : (text: string) => text;
  const envoy = opened.use(
    await startEnvoy({ wiring, socket: doorSocket(folder), upstream: upstream.url, workers, edit }),
  );
  const headers: readonly Header[] = [['authorization', `Bearer ${issuer.token('user:load')}`]];
  const kept = opened.move();
  return {
    folder,
    upstream,
    envoy,
    serve: (how) => startServed(folder, how),
    load: (how) => createCallLoad({ ...how, url: envoy.url, headers }),
    async setPolicy(text) {
      const next = join(folder, 'policy.next');
      await writeFile(next, text);
      await rename(next, join(folder, 'policies/policy.yaml'));
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The shipped file without the guard that has streams end instead of being reset. */
function asEnvoyCloses(text: string): string {
  if (!text.includes(GRACEFUL)) throw new Error('the shipped file does not ask for a graceful close');
  return text.replace(GRACEFUL, GRACEFUL.replace('true', 'false'));
}

/** Everything is allowed; but `echo` is refused with `effect: deny`. */
export function policyOf(effect: 'allow' | 'deny'): string {
  return ALLOW_ALL.replace('rules:\n', `rules:\n  - { id: turn, match: { tool: echo }, effect: ${effect} }\n`);
}
