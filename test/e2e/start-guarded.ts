import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { draftPins } from '../../src/catalogue/draft-pins.ts';
import { readLiveTools } from '../../src/catalogue/live/read-live-tools.ts';
import { writePins } from '../../src/catalogue/pins-file.ts';
import { startSallyport } from '../../src/main.ts';
import { type Carrying, type Front, listenerOf, startFront } from './carriers.ts';
import { createIssuer, type Issuer, type TokenWish } from './issuer.ts';
import { ALLOW_ALL } from './start-sallyport.ts';

export interface GuardedOptions extends Carrying {
  /** Name of each server → URL of its upstream. Its tools are pinned as they are now. */
  readonly servers: Readonly<Record<string, string>>;
  /** Text of the policy file. Default: everything is allowed. */
  readonly policy?: string;
  /** Lines of a server's entry by its name, after those that every entry has. */
  readonly lines?: Readonly<Record<string, readonly string[]>>;
  /** Canonical URI of a server. Default: `http://127.0.0.1/NAME`. */
  readonly resource?: (server: string) => string;
  /** Further top-level text of `sallyport.yaml`, such as `store:`. */
  readonly more?: string;
  /** Files beside `sallyport.yaml`, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A Sallyport that asks for tokens, run from files as an operator would write them, with all a test may do to it. */
export interface Guarded extends AsyncDisposable {
  /** Folder of `sallyport.yaml`, `policy.yaml`, `jwks.json`, `revoked.txt`, the pins and the state. */
  readonly folder: string;
  /** The one issuer that is trusted. Its tokens expire on the second: no leeway is configured. */
  readonly issuer: Issuer;
  /** The Envoy in front of it; `undefined` where the proxy carries. */
  readonly envoy: Front['envoy'];
  /** URL at which `server` is served, after a restart perhaps another one. */
  url(server?: string, listener?: 'agents' | 'tls'): string;
  resource(server?: string): string;
  /** A token for `subject` on one server. */
  token(subject: string, wish?: Partial<TokenWish>, server?: string): Promise<string>;
  /** Replaces a file beside `sallyport.yaml` in one step and leaves it to Sallyport to see it. */
  replace(file: string, content: string): Promise<void>;
  /** The same, and reloads. */
  put(file: string, content: string): Promise<'swapped' | 'failed'>;
  reload(): Promise<'swapped' | 'failed'>;
  /** Appends token ids to the deny list, without a reload. */
  revoke(...tokenIds: readonly string[]): Promise<void>;
  /** What the operator surface says at `/readyz`. */
  readyz(): Promise<{ readonly status: number | undefined; readonly body: string }>;
  /** What `/metrics` says. */
  metrics(): Promise<string>;
  /** Stops it and starts it again on the same folder. What is in front of it stays. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Starts Sallyport in this process with an issuer of its own. Every server asks for a token. */
export async function startGuarded(options: GuardedOptions): Promise<Guarded> {
  const issuer = await createIssuer();
  const folder = await prepareFolder(options, issuer);
  const configPath = join(folder, 'sallyport.yaml');
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  let running = await startSallyport({ configPath });
  undo.defer(() => running.stop());
  const { origins, envoy } = undo.use(await startFront(configPath, options));
  const originOf = (listener: 'agents' | 'tls'): string => origins?.[listener] ?? running.listeners.get(listener) ?? '';
  const resource = (server = 'tools'): string => resourceOf(server, options);
  const replace = async (file: string, content: string): Promise<void> => {
    await writeFile(join(folder, `${file}.next`), content);
    await rename(join(folder, `${file}.next`), join(folder, file));
  };
  const started = undo.move();
  const close = (): Promise<void> => started.disposeAsync();
  return {
    folder,
    issuer,
    envoy,
    resource,
    url: (server = 'tools', listener = 'agents') => `${originOf(listener)}/${server}`,
    token: (subject, wish = {}, server = 'tools') => issuer.token({ subject, audience: resource(server), ...wish }),
    replace,
    async put(file, content) {
      await replace(file, content);
      return await running.reload();
    },
    reload: () => running.reload(),
    revoke: (...ids) => appendFile(join(folder, 'revoked.txt'), ids.map((id) => `${id}\n`).join('')),
    readyz: () => get(running.operatorSocket, '/readyz'),
    metrics: async () => (await get(running.operatorSocket, '/metrics')).body,
    async restart() {
      await running.stop();
      running = await startSallyport({ configPath });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The rules as a policy file. */
export function policyOf(...rules: readonly string[]): string {
  const head = ['apiVersion: sallyport/v1', 'kind: Policy', 'metadata: { name: test }'];
  return [...head, rules.length === 0 ? 'rules: []' : 'rules:', ...rules.map((rule) => `  - ${rule}`), ''].join('\n');
}

async function prepareFolder(options: GuardedOptions, issuer: Issuer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-e2e-'));
  await mkdir(join(folder, 'pins'));
  for (const [name, url] of Object.entries(options.servers)) {
    const { tools } = await readLiveTools({ url: new URL(url), timeoutMs: 15_000 });
    await writeFile(join(folder, `pins/${name}.json`), writePins(name, draftPins(name, tools).pins));
  }
  const files = {
    'policy.yaml': options.policy ?? ALLOW_ALL,
    'jwks.json': issuer.jwks,
    'revoked.txt': '',
    'sallyport.yaml': configuration(options, issuer),
    ...options.files,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

function configuration(options: GuardedOptions, issuer: Issuer): string {
  const { servers, lines = {}, more = '' } = options;
  const entries = Object.entries(servers).map(([name, upstream]) =>
    [
      `  ${name}:`,
      `route: /${name}`,
      `upstream: ${upstream}`,
      `resource: ${resourceOf(name, options)}`,
      `pins: pins/${name}.json`,
      ...(lines[name] ?? []),
    ].join('\n    '),
  );
  return [
    `listeners: ${listenerOf(options)}`,
    'servers:',
    ...entries,
    'policies: [policy.yaml]',
    'authenticate:',
    `  issuers: [{ issuer: "${issuer.name}", jwks: { file: jwks.json }, leeway_s: 0 }]`,
    '  revocations: { file: revoked.txt }',
    'telemetry: { log_level: error }',
    // Clients, servers and other tests run beside it here: a slow event loop is no sign of too much work.
    'decision: { drain_ms: 500, max_loop_delay_ms: 10000 }',
    more,
    '',
  ].join('\n');
}

function resourceOf(server: string, { resource }: GuardedOptions): string {
  return resource?.(server) ?? `http://127.0.0.1/${server}`;
}

function get(socketPath: string, path: string): ReturnType<Guarded['readyz']> {
  return new Promise((resolve, reject) => {
    const answered = request({ socketPath, path }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    });
    answered.on('error', reject).end();
  });
}
