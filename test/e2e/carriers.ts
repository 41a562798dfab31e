import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ReasonCode } from '../../src/call/reason.ts';
import type { Opening } from '../../src/cli/envoy/file/envoy-plan.ts';
import { renderFile } from '../../src/cli/envoy/file/render-file.ts';
import { planOfConfig } from '../../src/cli/envoy/plan-of-config.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Era } from '../attacks/peer.ts';
import { whyNoEnvoy } from '../envoy/envoy-part.ts';
import { adminSocket, type EnvoyProcess, runEnvoy } from '../envoy/run-envoy.ts';

/**
 * What carries the bytes between an agent and a tool server: the built-in proxy, or a real Envoy that asks Sallyport in one
 * of the two wirings. What a test shows of one of them it shows of all.
 */
export const CARRIERS = ['proxy', 'authorize', 'inspect'] as const;
export type Carrier = (typeof CARRIERS)[number];

/** How Envoy asks. */
export const WIRINGS = ['authorize', 'inspect'] as const;
export type Wiring = (typeof WIRINGS)[number];

/** Every carrier with clients of each era. */
export const WAYS: readonly { readonly era: Era; readonly carrier: Carrier }[] = CARRIERS.flatMap((carrier) => [
  { era: 'legacy', carrier },
  { era: 'modern', carrier },
]);

/** Lines of a server's entry that have the replies to all its calls judged. */
export const ALL_JUDGED: Readonly<Record<Carrier, readonly string[]>> = {
  proxy: [],
  authorize: ['judge_replies: always'],
  inspect: [],
};

/** What Envoy refuses by itself, asking nobody: Sallyport's reason, and its own. */
const ENVOYS_OWN: Readonly<Partial<Record<ReasonCode, string>>> = {
  'http.route': 'envoy.404',
  'body.too-large': 'envoy.413',
};

/** The reason by which a carrier refuses what the proxy refuses for `reason`. */
export function reasonFrom(carrier: Carrier, reason: ReasonCode): string {
  return (carrier === 'proxy' ? undefined : ENVOYS_OWN[reason]) ?? reason;
}

/** What stands in a refusal for `reason`: the reason, and the decision to ask for where there was one. */
export function saysWhy(carrier: Carrier, reason: ReasonCode): RegExp {
  const said = reasonFrom(carrier, reason);
  const decided = said === reason ? '(?=[^]*"decision_id":"[0-9a-f-]{36}")' : '';
  return new RegExp(`^${decided}[^]*"reason":"${RegExp.escape(said)}"`);
}

/** Statuses of refusals after which a carrier ends the connection. Envoy reads nothing on after what it takes for a bad request. */
export const ENDS_AFTER: Readonly<Record<Carrier, readonly number[]>> = {
  proxy: [413],
  authorize: [400],
  inspect: [400],
};

/** For `suite(name, { skip: whyNot(carrier) }, …)`. */
export function whyNot(carrier: Carrier): string | false {
  return carrier === 'proxy' ? false : whyNoEnvoy();
}

export interface Carrying {
  /** Default: the built-in proxy. */
  readonly carrier?: Carrier;
  /** Fields of the listener, beside where it is. */
  readonly door?: readonly string[];
  /** The loopback port of agents. Default: a free one. */
  readonly port?: number;
  /** Files beside `sallyport.yaml`, for a second place to connect to, `tls`, which has TLS and wants client certificates. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly clientCa: string };
  /** Last changes of the text of Envoy's configuration. */
  readonly edit?: (text: string) => string;
}

/** The `listeners:` section for a carrier: one listener, `agents`, and where the proxy carries with TLS another one, `tls`. */
export function listenerOf({ carrier = 'proxy', door = [], port = 0, tls }: Carrying): string {
  const places: Readonly<Record<Carrier, readonly string[]>> = {
    proxy: [`bind: "127.0.0.1:${port}"`],
    authorize: ['door: ext_authz', SOCKET],
    inspect: ['door: ext_proc', SOCKET],
  };
  const own = (fields: readonly string[]): string =>
    `agents: { ${[...places[carrier], ...fields, ...door].join(', ')} }`;
  if (tls === undefined) return `{ ${own([])} }`;
  if (carrier !== 'proxy') return `{ ${own(['client_certificates: verified'])} }`;
  const { certificate, key, clientCa } = tls;
  const second = `{ certificate: ${certificate}, key: ${key}, client_ca: ${clientCa} }`;
  return `{ ${own([])}, tls: { bind: "127.0.0.1:0", tls: ${second} } }`;
}

/** Lines of a server's entry that have it served at that second place. Envoy serves all at both. */
export const AT_TLS: Readonly<Record<Carrier, readonly string[]>> = {
  proxy: ['listener: tls'],
  authorize: [],
  inspect: [],
};

const SOCKET = 'socket: door/envoy.sock';

/** Where the socket of that listener is, in the folder of its `sallyport.yaml`. */
export function doorSocket(folder: string): string {
  return join(folder, 'door/envoy.sock');
}

/** What stands in front of a Sallyport that serves. */
export interface Front extends AsyncDisposable {
  /** Where agents connect, scheme, host and port: without TLS, and with it. */
  readonly origins: Readonly<Record<'agents' | 'tls', string>> | undefined;
  readonly envoy: EnvoyProcess | undefined;
}

const NO_FRONT: Front = { origins: undefined, envoy: undefined, async [Symbol.asyncDispose]() {} };

/** Starts the Envoy that `sallyport envoy render` makes of this configuration; nothing where the proxy carries. */
export async function startFront(configPath: string, carrying: Carrying): Promise<Front> {
  const { carrier = 'proxy', edit = (text: string) => text } = carrying;
  if (carrier === 'proxy') return NO_FRONT;
  const folder = await mkdtemp(join(tmpdir(), 'envoy-'));
  const plan = await planOfConfig(await loadConfig(configPath), {
    listener: undefined,
    openings: openingsOf(dirname(configPath), carrying),
    admin: adminSocket(folder),
    authorities: '/nowhere',
    door: {},
  });
  const envoy = await runEnvoy(folder, edit(renderFile(plan)));
  const at = (name: string): string => `127.0.0.1:${envoy.ports.get(name)}`;
  return {
    origins: { agents: `http://${at('agents')}`, tls: `https://${at('agents-tls')}` },
    envoy,
    async [Symbol.asyncDispose]() {
      await envoy[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function openingsOf(folder: string, { port = 0, tls }: Carrying): readonly Opening[] {
  const host = '127.0.0.1';
  const plain = { name: 'agents', host, port };
  if (tls === undefined) return [plain];
  const at = (file: string): string => join(folder, file);
  const files = { certificate: at(tls.certificate), key: at(tls.key), clientCa: at(tls.clientCa) };
  return [plain, { name: 'agents-tls', host, port: 0, tls: files }];
}
