import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SigningKey } from '../../src/capability/signing-key.ts';
import { callBody, ISSUER, pins, policy, RESOURCE, tokenFrom } from '../bench-project.ts';

/** How the Sallyport under measurement is asked. */
export interface PeerDoor {
  readonly door: 'ext_authz' | 'ext_proc' | 'proxy';
  readonly engine?: 'http2' | 'grpc-js';
}

export interface PeerProjectOptions extends PeerDoor {
  readonly key: SigningKey;
  /** URL of the tool server. */
  readonly upstream: string;
  /** Endpoint of a collector: one call in a hundred is traced. Default: none is. */
  readonly collector?: string;
  /** The `store:` section. Left out: limits are counted in memory. */
  readonly store?: object;
}

/** Tools of the server, all pinned, with one allow rule each. */
export const TOOLS: readonly string[] = ['read_file', ...Array.from({ length: 199 }, (_, index) => `tool_${index}`)];
const MANY = 1_000_000;

/**
 * A folder with a `sallyport.yaml` and what it names. What `call` of each request meets: a token, a pinned schema, one allow rule
 * with two constraints and one condition, two limits, and the record, as it is by default.
 */
export async function writePeerProject({
  key,
  upstream,
  collector,
  store,
  ...door
}: PeerProjectOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  await mkdir(join(folder, 'policies'));
  await writeFile(join(folder, 'jwks.json'), JSON.stringify({ keys: [key.publicJwk] }));
  await writeFile(join(folder, 'pins.json'), JSON.stringify(pins(TOOLS)));
  await writeFile(join(folder, 'policies/all.yaml'), JSON.stringify(policy(TOOLS)));
  await writeFile(join(folder, 'policies/limits.yaml'), JSON.stringify(limits()));
  await writeFile(
    join(folder, 'sallyport.yaml'),
    JSON.stringify({ ...configuration(door, upstream, collector), ...(store === undefined ? {} : { store }) }),
  );
  return folder;
}

/** Where its door is, unless it is the built-in proxy. */
export function doorOf(folder: string): string {
  return join(folder, 'door/envoy.sock');
}

/** A token of constant length that grants every tool, `read_file` below /workspace. */
export async function peerToken(key: SigningKey): Promise<string> {
  return await tokenFrom(key, {
    '*': { extra_args: 'allow' },
    'read_file': { extra_args: 'allow', args: { path: { c: 'path_under', root: '/workspace' } } },
  });
}

/** Headers of an agent's request. */
export function agentHeaders(token: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    'accept': 'application/json, text/event-stream',
    'mcp-protocol-version': '2025-11-25',
    'authorization': `Bearer ${token}`,
  };
}

const LARGE_BYTES = 16 * 1024;

/** Bodies of requests, by what is asked. */
export const BODIES = {
  allow: callBody({ path: '/workspace/report.txt' }),
  deny: callBody({ path: '/etc/passwd' }),
  large: callBody({ path: '/workspace/report.txt' }, LARGE_BYTES),
  list: Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })),
} as const;
export type BodyName = keyof typeof BODIES;

function configuration({ door, engine }: PeerDoor, upstream: string, collector: string | undefined): object {
  const socket = { socket: 'door/envoy.sock', ...(engine === undefined ? {} : { engine }) };
  return {
    listeners: { agents: { door, ...(door === 'proxy' ? { bind: '127.0.0.1:0' } : socket) } },
    servers: {
      files: {
        route: '/files',
        upstream,
        resource: RESOURCE,
        pins: 'pins.json',
        // One agent stands for many: it may have as many calls in progress.
        max_calls_per_principal: 10_000,
      },
    },
    policies: ['policies/*.yaml'],
    authenticate: { issuers: [{ issuer: ISSUER, jwks: { file: 'jwks.json' }, max_lifetime_s: 3600 }] },
    // The benchmark keeps the event loop busy by purpose.
    decision: { max_loop_delay_ms: 10_000 },
    ...(collector === undefined ? {} : { telemetry: { tracing: { otlp: { endpoint: collector }, sample: 0.01 } } }),
  };
}

/** Two limits that every call takes from, and that never run out. */
function limits(): unknown {
  const limit = { burst: MANY, per_second: MANY };
  return {
    apiVersion: 'sallyport/v1',
    kind: 'Policy',
    metadata: { name: 'limits' },
    rules: [
      {
        id: 'files.agent.rate',
        match: { server: 'files', tool: '*' },
        effect: 'limit',
        limit: { ...limit, by: ['principal'] },
      },
      {
        id: 'files.tool.rate',
        match: { server: 'files', tool: '*' },
        effect: 'limit',
        limit: { ...limit, by: ['tool'] },
      },
    ],
  };
}
