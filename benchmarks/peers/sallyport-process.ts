import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { doorOf, type PeerProjectOptions, writePeerProject } from './peer-project.ts';
import { startProcess, type StartedProcess } from './started-process.ts';

/** A `sallyport serve` from built files, confined as it is in earnest. */
export interface SallyportProcess extends StartedProcess {
  /** Socket that Envoy asks; nobody listens there when it is the built-in proxy. */
  readonly socket: string;
  /** URL of the server `files` at the built-in proxy. */
  readonly url: string;
}

export interface SallyportProcessOptions extends PeerProjectOptions {
  readonly cpu?: number;
  /** Flags of Node before the program. */
  readonly flags?: readonly string[];
}

/** The line of the log that says so, with the first listener. */
const READY = /^(?=.*"msg":"ready").*"listeners":\["([^"]+)"/m;
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Starts it in a new folder, which goes with it. */
export async function startSallyport({
  cpu,
  flags = [],
  ...project
}: SallyportProcessOptions): Promise<SallyportProcess> {
  if (!existsSync(MAIN)) throw new Error('not built: npm run build');
  const folder = await writePeerProject(project);
  const started = await startProcess({
    command: process.execPath,
    args: [...flags, MAIN, 'serve', '--config', join(folder, 'sallyport.yaml')],
    ready: READY,
    ...(cpu === undefined ? {} : { cpu }),
  });
  return {
    ...started,
    socket: doorOf(folder),
    url: `${started.found}/files`,
    async [Symbol.asyncDispose]() {
      await started[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
