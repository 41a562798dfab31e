import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustSallyport, type Service, startService } from './command.ts';
import { type FilesServer, startFilesServer } from './files-server.ts';

/** What the demo plays in: a tool server, Sallyport in front of it, and an issuer of tokens. */
export interface World extends AsyncDisposable {
  readonly folder: string;
  /** Where agents connect to. */
  readonly url: string;
  readonly upstream: FilesServer;
  readonly service: Service;
  /** A token for `subject`, signed by the demo's issuer. `more` are further options of `sallyport token mint`. */
  token(subject: string, ...more: readonly string[]): Promise<string>;
}

const ISSUER = 'https://issuer.example';

/** Every rule of the demo. The report agent may read below /workspace, at most 100 lines; the editor may also write there. */
const POLICY = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: files }
rules:
  - id: files.read
    match: { server: files, tool: read_file }
    effect: allow
    args: { path: { c: path_under, root: /workspace }, limit: { c: range, max: 100, optional: true } }
    message: read_file is limited to /workspace and 100 lines
    tests:
      - { args: { path: /workspace/report.txt }, expect: allow }
      - { args: { path: /etc/passwd }, expect: deny }
  - id: files.write
    match: { server: files, tool: write_file }
    effect: allow
    args: { path: { c: path_under, root: /workspace }, content: { c: len, max: 10000 } }
    when: 'has(principal.subject) && principal.subject == "user:editor"'
    tests:
      - { args: { path: /workspace/a.txt, content: hi }, principal: { subject: user:editor }, expect: allow }
      - { args: { path: /workspace/a.txt, content: hi }, principal: { subject: user:report }, expect: deny }
`;

/** Builds it all in an empty folder, with the commands that a reader would type. */
export async function createWorld(tell: (command: string) => void): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-demo-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const upstream = stack.use(await startFilesServer());
  const bind = `127.0.0.1:${await freePort()}`;
  const url = `http://${bind}/files`;
  const command = async (...args: string[]): Promise<void> => {
    tell(`sallyport ${args.join(' ')}`);
    await mustSallyport(folder, ...args);
  };

  await command('init', '--upstream', upstream.url, '--name', 'files', '--bind', bind);
  await command('keys', 'generate', '--out', 'keys');
  await writeFile(join(folder, 'sallyport.yaml'), configuration(bind, url, upstream.url));
  await writeFile(join(folder, 'policies/files.yaml'), POLICY);
  await command('policy', 'test', '--config', 'sallyport.yaml');
  const [key] = (await readdir(join(folder, 'keys'))).filter((file) => file.endsWith('.private.json'));
  tell('sallyport serve');
  const service = stack.use(await startService(folder));
  const kept = stack.move();
  return {
    folder,
    url,
    upstream,
    service,
    async token(subject, ...more) {
      const fixed = ['--key', `keys/${key}`, '--issuer', ISSUER, '--aud', url, '--sub', subject];
      return (await mustSallyport(folder, 'token', 'mint', ...fixed, ...more)).trim();
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function configuration(bind: string, url: string, upstream: string): string {
  return `listeners:
  agents: { bind: "${bind}" }
servers:
  files:
    route: /files
    upstream: ${upstream}
    resource: ${url}
    pins: catalogue/files.json
policies: [policies/*.yaml]
authenticate:
  issuers:
    - issuer: ${ISSUER}
      jwks: { file: keys/jwks.json }
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
