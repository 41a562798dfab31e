import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { Agent, fetch as undiciFetch } from 'undici';
import { GRANT_TYPE } from '../../capability/read-capability.ts';
import { mintToken } from '../../capability/mint-token.ts';
import { generateSigningKey } from '../../capability/signing-key.ts';
import type { LiveTools } from '../../catalogue/live/live-tools.ts';
import { codeOf } from '../../kit/cause.ts';
import { fromPlain } from '../../kit/json.ts';
import { AlreadyServedError, refuseIfServed } from '../../transports/operator/server.ts';
import { CommandError } from '../command-error.ts';
import { draftProject, filesOf, serverNameFrom } from '../init/draft-project.ts';

/** The server that is guarded. */
export interface DevUpstream {
  readonly url: URL;
  /** Unix socket to connect to instead of the URL's host. */
  readonly socketPath?: string;
}

export interface ProjectOptions {
  /** Holds a folder for each server. */
  readonly dir: string;
  /** As `freeBind()` gives it. */
  readonly bind: string;
  readonly name?: string;
  readonly bearer?: string;
}

/** A development guard's files, and the token that its one caller needs. */
export interface DevProject {
  readonly configPath: string;
  readonly policyPath: string;
  readonly name: string;
  /** Where agents connect to. */
  readonly url: string;
  readonly token: string;
  /** Whether pins and rules of an earlier start were kept. */
  readonly isKept: boolean;
}

const ISSUER = 'urn:sallyport:dev';
const TOKEN_LIFETIME_S = 12 * 60 * 60;
const READ_TIMEOUT_MS = 60_000;
const STATE_DIRECTORY = 'state';

/**
 * Writes what a guard needs into a folder of its own in `dir`. Pins, rules and the key of an earlier start stay: a tool that
 * changed since then is found. `sallyport.yaml` is written anew each time.
 *
 * @throws when the server cannot be reached, is guarded from this folder already, or the files cannot be written. Nothing
 *   was written in the first two cases.
 */
export async function prepareProject(upstream: DevUpstream, options: ProjectOptions): Promise<DevProject> {
  const { bind } = options;
  const live = await readTools(upstream, options.bearer);
  const name = serverNameFrom(options.name ?? live.serverName);
  const dir = join(options.dir, name);
  await refuseIfGuarded(name, dir);
  const draft = draftProject({ name, upstream: upstream.url, live, bind });
  const url = draft.server.resource;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  let isKept = false;
  for (const [path, text] of filesOf(draft, bind)) {
    if (path !== 'sallyport.yaml') isKept = !(await writeNew(join(dir, path), text)) || isKept;
  }
  const configPath = join(dir, 'sallyport.yaml');
  await writeFile(configPath, configuration(name, bind, draft.server, upstream.socketPath), { mode: 0o600 });
  const key = await signingKey(join(dir, 'dev-key.json'));
  await writeFile(join(dir, 'jwks.json'), JSON.stringify({ keys: [publicHalf(key)] }));
  return {
    configPath,
    policyPath: join(dir, `policies/${name}.yaml`),
    name,
    url,
    token: await developerToken(key, url),
    isKept,
  };
}

/** @throws CommandError when a guard that runs keeps its files in `dir`: they must not change under it. */
async function refuseIfGuarded(name: string, dir: string): Promise<void> {
  try {
    await refuseIfServed(join(dir, STATE_DIRECTORY, 'operator.sock'));
  } catch (cause) {
    if (!(cause instanceof AlreadyServedError)) throw cause;
    throw new CommandError(
      `"${name}" is guarded from ${dir} already. Stop that one, or choose another --name or --dir for this one.`,
      { cause },
    );
  }
}

async function readTools({ url, socketPath }: DevUpstream, bearer: string | undefined): Promise<LiveTools> {
  const { readLiveTools } = await import('../../catalogue/live/read-live-tools.ts');
  const dispatcher = socketPath === undefined ? undefined : new Agent({ connect: { socketPath } });
  try {
    return await readLiveTools({
      url,
      timeoutMs: READ_TIMEOUT_MS,
      ...(bearer === undefined ? {} : { bearer }),
      ...(dispatcher === undefined ? {} : { fetch: fetchThrough(dispatcher) }),
    });
  } finally {
    await dispatcher?.close();
  }
}

/** undici's `fetch` is the global one with a way to say where to connect; only their types are strangers. */
function fetchThrough(dispatcher: Agent): typeof fetch {
  const through = (input: string, init: object): unknown => undiciFetch(input, { ...init, dispatcher });
  return through as unknown as typeof fetch;
}

function configuration(
  name: string,
  bind: string,
  server: { readonly route: string; readonly upstream: string; readonly resource: string; readonly pins: string },
  socketPath: string | undefined,
): string {
  const entry = { ...server, ...(socketPath === undefined ? {} : { upstream_socket: socketPath, era: 'legacy' }) };
  return `# Written by sallyport dev at each start. Change policies/ and catalogue/, not this file.
listeners: { agents: { bind: ${JSON.stringify(bind)} } }
state_dir: ${STATE_DIRECTORY}
servers:
  ${name}: ${JSON.stringify(entry)}
policies: [policies/*.yaml]
authenticate:
  issuers:
    - { issuer: ${ISSUER}, jwks: { file: jwks.json }, max_lifetime_s: ${TOKEN_LIFETIME_S} }
  revocations: { file: revoked.txt }
# Agent, tool server and all else run beside it: a slow event loop is no sign of too much work.
decision: { max_loop_delay_ms: 10000 }
telemetry: { log_level: warn, environment: dev }
`;
}

/** @returns whether the file was written: one that is there stays. */
async function writeNew(path: string, text: string): Promise<boolean> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw cause;
  }
}

async function signingKey(path: string): Promise<JWK> {
  const { privateJwk } = await generateSigningKey('EdDSA');
  if (await writeNew(path, JSON.stringify(privateJwk))) return privateJwk;
  const kept: JWK = JSON.parse(await readFile(path, 'utf8'));
  return kept;
}

/** What may be published of a key on an elliptic curve. */
function publicHalf({ kty, crv, x, kid, alg, use }: JWK): object {
  return { kty, crv, x, kid, alg, use };
}

/** A token for the developer's own agent: everything on this server, so that the rules alone decide. */
async function developerToken(key: JWK, resource: string): Promise<string> {
  const grant = {
    type: GRANT_TYPE,
    locations: [resource],
    actions: ['tools/call', 'prompts/get', 'resources/read'],
    tools: { '*': { extra_args: 'allow' } },
    prompts: ['*'],
    resources: ['*'],
  };
  return await mintToken(key, {
    issuer: ISSUER,
    subject: 'user:developer',
    audience: resource,
    tokenId: randomUUID(),
    issuedAtMs: Date.now(),
    lifetimeS: TOKEN_LIFETIME_S,
    claims: new Map([['authorization_details', fromPlain([grant])]]),
  });
}
