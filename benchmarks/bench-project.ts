import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mintToken } from '../src/capability/mint-token.ts';
import type { SigningKey } from '../src/capability/signing-key.ts';
import { pinOf } from '../src/catalogue/pin.ts';
import { fromPlain, isJsonObject, toPlain } from '../src/kit/json.ts';

export interface ProjectOptions {
  /** Tools, each with one allow rule. */
  readonly rules: number;
  readonly upstream?: string;
  /** Address of the listener. */
  readonly bind?: string;
}

/** Audience of the tokens. */
export const RESOURCE = 'http://127.0.0.1:8700/files';
/** Issuer of the tokens. */
export const ISSUER = 'https://issuer.example';
const BODY_BYTES = 1024;

/** Writes `sallyport.yaml` and what it names into `folder`. */
export async function writeProject(
  folder: string,
  key: SigningKey,
  { rules, upstream = 'http://127.0.0.1:1/mcp', bind = '127.0.0.1:0' }: ProjectOptions,
): Promise<void> {
  const names = ['read_file', ...Array.from({ length: rules - 1 }, (_, index) => `tool_${index}`)];
  await mkdir(join(folder, 'policies'));
  await writeFile(join(folder, 'jwks.json'), JSON.stringify({ keys: [key.publicJwk] }));
  await writeFile(join(folder, 'pins.json'), JSON.stringify(pins(names)));
  await writeFile(join(folder, 'policies/all.yaml'), JSON.stringify(policy(names)));
  await writeFile(
    join(folder, 'sallyport.yaml'),
    JSON.stringify({
      listeners: { agents: { bind } },
      servers: { files: { route: '/files', upstream, resource: RESOURCE, pins: 'pins.json' } },
      policies: ['policies/all.yaml'],
      authenticate: { issuers: [{ issuer: ISSUER, jwks: { file: 'jwks.json' }, max_lifetime_s: 3600 }] },
      telemetry: { log_level: 'info' },
      // The benchmark keeps the event loop busy by purpose.
      decision: { max_loop_delay_ms: 10_000 },
    }),
  );
}

/** A pins file of tools that all take the same arguments. */
export function pins(names: readonly string[]): unknown {
  const tools = names.map((name) => {
    const definition = fromPlain({
      name,
      description: 'Read a text file.',
      inputSchema: {
        type: 'object',
        properties: { path: { type: 'string' }, limit: { type: 'integer' }, note: { type: 'string' } },
        required: ['path'],
      },
    });
    if (!isJsonObject(definition)) throw new Error('not an object');
    return {
      pin: pinOf(definition),
      risk: 'low',
      effects: ['read'],
      idempotent: true,
      definition: toPlain(definition),
    };
  });
  return { apiVersion: 'sallyport/v1', kind: 'Pins', server: 'files', tools };
}

/** One allow rule a tool: two constraints and one condition. */
export function policy(names: readonly string[]): unknown {
  return {
    apiVersion: 'sallyport/v1',
    kind: 'Policy',
    metadata: { name: 'all' },
    sets: { readers: ['user:report', 'user:editor'] },
    rules: names.map((tool) => ({
      id: `files.${tool}`,
      match: { server: 'files', tool },
      effect: 'allow',
      args: {
        path: { c: 'path_under', root: '/workspace' },
        limit: { c: 'range', max: 100, optional: true },
      },
      extra_args: 'allow',
      when: 'has(principal.subject) && principal.subject in sets.readers && now.getHours("UTC") < 24',
    })),
  };
}

const BELOW_WORKSPACE = { extra_args: 'allow', args: { path: { c: 'path_under', root: '/workspace' } } };

/** A token that grants these tools; left out: `read_file` below /workspace. */
export async function tokenFrom(
  { privateJwk }: SigningKey,
  tools: Readonly<Record<string, object>> = { read_file: BELOW_WORKSPACE },
): Promise<string> {
  return await mintToken(privateJwk, {
    issuer: ISSUER,
    subject: 'user:report',
    audience: RESOURCE,
    tokenId: randomUUID(),
    issuedAtMs: Date.now(),
    lifetimeS: 3000,
    claims: new Map([
      [
        'authorization_details',
        fromPlain([
          {
            type: 'https://sallyport.dev/rar/tool-call/1',
            locations: [RESOURCE],
            actions: ['tools/call'],
            tools,
          },
        ]),
      ],
    ]),
  });
}

/** A `tools/call` of 1 KB, or of `bytes`. */
export function callBody(args: Record<string, string>, bytes = BODY_BYTES): Buffer {
  const message = (note: string): string =>
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'read_file', arguments: { ...args, limit: 50, note } },
    });
  return Buffer.from(message('x'.repeat(bytes - message('').length)));
}
