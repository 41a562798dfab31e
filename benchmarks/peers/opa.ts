import { createPrivateKey, sign } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SigningKey } from '../../src/capability/signing-key.ts';
import type { NoopProcess } from './noop-peers.ts';
import { peerToken } from './peer-project.ts';
import { startProcess } from './started-process.ts';

export interface OpaOptions {
  readonly key: SigningKey;
  /** `true`: its decision log goes to standard output, as its quick start has it. `false`: it keeps none. */
  readonly log: boolean;
  readonly cpu: number;
}

const POLICY = fileURLToPath(new URL('opa/policy.rego', import.meta.url));

const USUAL_PLACE = fileURLToPath(new URL('../../.parts/opa-envoy/opa-envoy', import.meta.url));

/** The binary of OPA-Envoy: nothing installs it, so who has one puts it in its place or names it in `OPA_ENVOY`. */
function binary(): string {
  return process.env['OPA_ENVOY'] ?? USUAL_PLACE;
}

/** `undefined` when there is one. */
export function whyNoOpa(): string | undefined {
  if (existsSync(binary())) return undefined;
  return 'neither .parts/opa-envoy/opa-envoy nor what OPA_ENVOY names is there';
}

/** OPA-Envoy with the policy of `opa/policy.rego`, and its cache of verified tokens on. */
export async function startOpa({ key, log, cpu }: OpaOptions): Promise<NoopProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'opa-'));
  const socket = join(folder, 'opa.sock');
  await writeFile(join(folder, 'data.json'), JSON.stringify({ jwks: { keys: [key.publicJwk] } }));
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({
      plugins: { envoy_ext_authz_grpc: { addr: `unix://${socket}`, path: 'sallyport/allow' } },
      caching: { inter_query_builtin_value_cache: { named: { io_jwt: { max_num_entries: 10_000 } } } },
      decision_logs: { console: log },
    }),
  );
  const started = await startProcess({
    command: binary(),
    args: [
      'run',
      '--server',
      '--skip-version-check',
      '--addr=unix://' + join(folder, 'http.sock'),
      '--diagnostic-addr=127.0.0.1:0',
      `--config-file=${join(folder, 'config.json')}`,
      join(folder, 'data.json'),
      POLICY,
    ],
    ready: /()Starting gRPC server/,
    cpu,
  });
  for (let left = 200; !existsSync(socket); left -= 1) {
    if (left === 0) throw new Error(`OPA does not listen: ${started.errors()}`);
    await pause(50);
  }
  return {
    ...started,
    socket,
    async [Symbol.asyncDispose]() {
      await started[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The same token without `crit` (RFC 7515 §4.1.11), which OPA refuses in every token: under another name, so that it is as long
 * and says as much.
 */
export async function opaToken(key: SigningKey): Promise<string> {
  const [header = '', claims = ''] = (await peerToken(key)).split('.');
  const plain = Buffer.from(header, 'base64url').toString().replace('"crit"', '"note"');
  const signed = `${Buffer.from(plain).toString('base64url')}.${claims}`;
  const signature = sign(null, Buffer.from(signed), createPrivateKey({ key: { ...key.privateJwk }, format: 'jwk' }));
  return `${signed}.${signature.toString('base64url')}`;
}
