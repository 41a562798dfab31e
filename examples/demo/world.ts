import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Carrier, Carrying } from './carrier.ts';
import { mustSallyport, startService } from './command.ts';
import { emptyFolder } from './empty-folder.ts';
import { type FilesServer, startFilesServer } from './files-server.ts';
import { freePort } from './free-port.ts';

/** What the demo plays in: a tool server, Sallyport in front of it, and an issuer of tokens. */
export interface World extends AsyncDisposable {
  readonly folder: string;
  /** Where agents connect to. */
  readonly url: string;
  readonly upstream: FilesServer;
  /** A token for `subject`, signed by the demo's issuer; the same one when asked again. `more` are options of `sallyport token mint`. */
  token(subject: string, ...more: readonly string[]): Promise<string>;
  /** A token whose time is over; resolves when it is. */
  expiredToken(): Promise<string>;
  /** What the carrier of the calls has to say in the end. */
  readonly testify: Carrying['testify'];
}

/** A life of 1 s, the 5 s that the clock of an issuer may be off, and a little more. */
const EXPIRY_MS = 6200;
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
export async function createWorld(carrier: Carrier, tell: (command: string) => void): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await emptyFolder()).path;
  const upstream = stack.use(await startFilesServer());
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}/files`;
  const command = async (...args: readonly string[]): Promise<void> => {
    tell(`sallyport ${args.join(' ')}`);
    await mustSallyport(folder, ...args);
  };

  await command('init', '--upstream', upstream.url, '--name', 'files');
  await command('keys', 'generate', '--out', 'keys');
  await writeFile(join(folder, 'sallyport.yaml'), configuration(carrier.listener(address), url, upstream.url));
  await writeFile(join(folder, 'policies/files.yaml'), POLICY);
  await command('policy', 'test', '--config', 'sallyport.yaml');
  tell('sallyport serve');
  stack.use(await startService(folder));
  const { testify } = stack.use(await carrier.start({ folder, address, tell, command }));
  const token = await issuerIn(folder, url);
  const expiredToken = await expiringToken(token);
  const kept = stack.move();
  return { folder, url, upstream, token, expiredToken, testify, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function issuerIn(folder: string, audience: string): Promise<World['token']> {
  const [key] = (await readdir(join(folder, 'keys'))).filter((file) => file.endsWith('.private.json'));
  const minted = new Map<string, Promise<string>>();
  return (subject, ...more) => {
    const wish = JSON.stringify([subject, ...more]);
    const fixed = ['--key', `keys/${key}`, '--issuer', ISSUER, '--aud', audience, '--sub', subject];
    const token = minted.get(wish) ?? mustSallyport(folder, 'token', 'mint', ...fixed, ...more);
    minted.set(wish, token);
    return token.then((text) => text.trim());
  };
}

/** Mints now, so that its time passes while other things happen. */
async function expiringToken(token: World['token']): Promise<World['expiredToken']> {
  const short = await token('user:report', '--extra-args', 'allow', '--tool', 'read_file', '--ttl', '1s');
  const overAtMs = performance.now() + EXPIRY_MS;
  return async () => {
    await pause(Math.max(0, overAtMs - performance.now()));
    return short;
  };
}

function configuration(listener: string, url: string, upstream: string): string {
  return `listeners:
  agents: { ${listener} }
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
# Clients, the tool server and all else run beside it here: a slow event loop is no sign of too much work.
decision: { max_loop_delay_ms: 10000 }
`;
}
