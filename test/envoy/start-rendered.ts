import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RenderOptions, runRender } from '../../src/cli/envoy/run-render.ts';
import { makeAuthority } from '../../src/transports/proxy/certificates.fixture.ts';
import type { RunEnvoyOptions } from './run-envoy.ts';
import { type RunningEnvoy, startOn } from './start-envoy.ts';

export interface RenderedOptions extends Pick<RunEnvoyOptions, 'through'> {
  /** `sallyport.yaml` of the Sallyport that it asks. */
  readonly config: string;
  /** Options of `sallyport envoy render`. Default: a free port, without TLS. */
  readonly render?: Partial<RenderOptions>;
  /** PEM files of Envoy's own, by the option that names them. */
  readonly files?: Readonly<Partial<Record<'envoyCert' | 'envoyKey' | 'sallyportCa', string>>>;
  readonly edit?: (text: string) => string;
}

/** What `sallyport envoy render` writes with these options. Throws with what it complains of. */
export async function rendered(options: RenderOptions): Promise<string> {
  const lines: string[] = [];
  const complaints: string[] = [];
  const io = { print: (text: string) => lines.push(text), complain: (text: string) => complaints.push(text), env: {} };
  if ((await runRender({ ...options, out: '-' }, io)) !== 0) throw new Error(complaints.join('\n'));
  return `${lines.join('\n')}\n`;
}

/** Starts Envoy on what `sallyport envoy render` makes of a configuration. */
export async function startRendered(options: RenderedOptions): Promise<RunningEnvoy> {
  const { config, render = {}, files = {}, through, edit = (text) => text } = options;
  const folder = await mkdtemp(join(tmpdir(), 'envoy-'));
  try {
    const paths: Record<string, string> = {};
    for (const [name, pem] of Object.entries(files)) {
      paths[name] = join(folder, `${name}.pem`);
      await writeFile(paths[name], pem);
    }
    const given = { bind: '127.0.0.1:0', admin: join(folder, 'admin.sock'), caBundle: '/etc/ssl/certs', out: '-' };
    const text = edit(await rendered({ ...given, ...paths, ...render, config }));
    const agents = makeAuthority('agents', 'P-256');
    return await startOn({ folder, agents, text, ...(through === undefined ? {} : { through }) });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
