import { join } from 'node:path';
import { startGuarded } from '../e2e/start-guarded.ts';
import type { Wiring } from '../e2e/carriers.ts';
import { type RecordedUpstream, startRecorded } from './recorded-upstream.ts';
import type { RunningEnvoy } from './start-envoy.ts';
import { type RenderedOptions, startRendered } from './start-rendered.ts';

const POLICY = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: files-alone }
rules:
  - { id: echo, match: { server: files, tool: echo }, effect: allow }
`;

export interface TransparentOptions extends Pick<RenderedOptions, 'edit' | 'through'> {
  readonly wiring: Wiring;
  /** Where Envoy listens. */
  readonly bind: string;
  /** What agents dial for each server. */
  readonly files: readonly string[];
  readonly mail: readonly string[];
  /** Where the tool servers are for Envoy, as `HOST:PORT`. Default: where they are. */
  readonly upstreams?: Readonly<Record<'files' | 'mail', string>>;
}

/** Two tool servers with one route, told apart by what agents dial, behind one Envoy. `echo` is allowed on `files` alone. */
export interface Transparent extends AsyncDisposable {
  readonly envoy: RunningEnvoy;
  readonly files: RecordedUpstream;
  readonly mail: RecordedUpstream;
  /** Folder of the Sallyport that Envoy asks. */
  readonly folder: string;
  /** Forgets what reached the tool servers. */
  forget(): Promise<void>;
}

export async function startTransparent(options: TransparentOptions): Promise<Transparent> {
  await using stack = new AsyncDisposableStack();
  const files = stack.use(await startRecorded());
  const mail = stack.use(await startRecorded());
  const servers = { files: files.url, mail: mail.url };
  const sallyport = stack.use(
    await startGuarded({
      servers,
      policy: POLICY,
      // Its own would give each server a route of its own.
      files: { 'sallyport.yaml': configuration(options, servers) },
    }),
  );
  const { bind, edit, through } = options;
  const envoy = stack.use(
    await startRendered({
      config: join(sallyport.folder, 'sallyport.yaml'),
      render: { bind },
      ...(edit === undefined ? {} : { edit }),
      ...(through === undefined ? {} : { through }),
    }),
  );
  const kept = stack.move();
  return {
    envoy,
    files,
    mail,
    folder: sallyport.folder,
    forget: async () => void (await Promise.all([files.forget(), mail.forget()])),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function configuration(options: TransparentOptions, urls: Readonly<Record<'files' | 'mail', string>>): string {
  const { wiring, upstreams } = options;
  const door = wiring === 'authorize' ? 'ext_authz' : 'ext_proc';
  const entries = (['files', 'mail'] as const).flatMap((name) => [
    `  ${name}:`,
    '    listener: agents',
    '    route: /mcp',
    `    upstream: ${upstreams === undefined ? urls[name] : `http://${upstreams[name]}/mcp`}`,
    '    identity: anonymous',
    '    capability: none',
    `    hosts: [${name}.internal]`,
    `    destinations: [${options[name].map((one) => `"${one}"`).join()}]`,
    `    pins: pins/${name}.json`,
  ]);
  return [
    `listeners: { agents: { door: ${door}, socket: door/envoy.sock, server_from: original_destination } }`,
    'servers:',
    ...entries,
    'policies: [policy.yaml]',
    'telemetry: { log_level: error }',
    'decision: { drain_ms: 500, max_loop_delay_ms: 10000 }',
    '',
  ].join('\n');
}
