import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { NGINX } from './nginx-part.ts';

export interface StartNginxOptions {
  /** Port to listen on. */
  readonly port: number;
  /** Socket of Sallyport's door; nobody needs to listen there. */
  readonly socket: string;
  /** URL of the tool server. */
  readonly upstream: string;
}

/** A real nginx that serves the shipped file. */
export interface RunningNginx extends AsyncDisposable {
  /** URL of the server `files`. */
  readonly url: string;
  /** What it wrote to its log so far. */
  log(): string;
}

const SHIPPED = new URL('../../examples/nginx/nginx.conf', import.meta.url);
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** Starts nginx in the foreground, and waits until it listens. */
export async function startNginx(options: StartNginxOptions): Promise<RunningNginx> {
  const folder = await mkdtemp(join(tmpdir(), 'nginx-'));
  const config = join(folder, 'nginx.conf');
  await writeFile(config, await render(options, folder));
  const child = spawn(NGINX, ['-p', folder, '-c', config, '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const chunks: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const log = (): string => Buffer.concat(chunks).toString();
  const kill = (): void => void child.kill('SIGTERM');
  process.once('exit', kill);
  await listening(options.port, () => child.exitCode === null, log);
  return {
    url: `http://127.0.0.1:${options.port}/files`,
    log,
    async [Symbol.asyncDispose]() {
      process.off('exit', kill);
      const exited = child.exitCode === null ? once(child, 'exit') : undefined;
      kill();
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The shipped text with this test's addresses, and what a test needs beside it: no daemon, files in its own folder. */
async function render({ port, socket, upstream }: StartNginxOptions, folder: string): Promise<string> {
  const shipped = await readFile(SHIPPED, 'utf8');
  const edits = [
    ['/run/sallyport/door/auth.sock', socket],
    ['listen 127.0.0.1:8080;', `listen 127.0.0.1:${port};`],
    ['http://127.0.0.1:3001/mcp', upstream],
    [
      'http {\n',
      `http {\n  access_log off;\n${TEMPORARY.map((name) => `  ${name}_temp_path ${folder}/${name};\n`).join('')}`,
    ],
  ] as const;
  let text = shipped;
  for (const [from, to] of edits) {
    if (text.split(from).length !== 2) throw new Error(`nginx.conf must have "${from}" once`);
    text = text.replace(from, () => to);
  }
  // The workers of a master that is root would run as nobody, who cannot reach the socket.
  const user = process.getuid?.() === 0 ? 'user root;\n' : '';
  return `daemon off;\nworker_processes 1;\npid ${folder}/nginx.pid;\n${user}${text}`;
}

async function listening(port: number, alive: () => boolean, log: () => string): Promise<void> {
  for (let left = 1200; left > 0 && alive(); left -= 1) {
    if (await connects(port)) return;
    await pause(25);
  }
  throw new Error(`nginx does not serve:\n${log()}`);
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
