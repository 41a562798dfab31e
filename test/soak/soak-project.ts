import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { draftPins } from '../../src/catalogue/draft-pins.ts';
import { readLiveTools } from '../../src/catalogue/live/read-live-tools.ts';
import { writePins } from '../../src/catalogue/pins-file.ts';
import { ISSUER, type Issuer, LIFETIME_S, RESOURCE } from './issuer.ts';

/** A configuration as an operator would write it. */
export interface SoakProject extends AsyncDisposable {
  /** Of `sallyport.yaml`. */
  readonly folder: string;
  /** Where the segments of the record are. */
  readonly recordDir: string;
}

/** Small, so that a short run rotates segments too. */
export const SEGMENT_BYTES = 1024 * 1024;

/**
 * Everything at its default but what a soak must not wait for (timeouts of half-sent requests, and segments), and but for the event
 * loop: attackers and other tests run beside it, so a slow one is no sign of too much work.
 */
function configuration(upstream: string): string {
  return `listeners:
  agents: { bind: "127.0.0.1:0", headers_timeout_ms: 1000, request_timeout_ms: 2000 }
servers:
  tools: { route: /tools, upstream: "${upstream}", resource: "${RESOURCE}", pins: pins.json }
policies: [policy.yaml]
authenticate:
  issuers: [{ issuer: "${ISSUER}", jwks: { file: jwks.json }, max_lifetime_s: ${LIFETIME_S} }]
audit: { segment_bytes: ${SEGMENT_BYTES} }
decision: { max_loop_delay_ms: 10000 }
`;
}

/** Lets a lower-case `echo` pass, and nothing else. */
const POLICY = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: soak }
rules:
  - id: echo
    match: { server: tools, tool: echo }
    effect: allow
    args: { text: { c: re2, pattern: "[a-z ]{1,64}" } }
    when: has(principal.subject) && principal.subject.startsWith("user:")
`;

/** Writes it to a new folder. With `pinned`, the tools of `upstream` are pinned as they are. */
export async function writeSoakProject(
  upstream: string,
  issuer: Issuer,
  { pinned }: { readonly pinned: boolean },
): Promise<SoakProject> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-soak-'));
  await mkdir(join(folder, '.sallyport'), { mode: 0o700 });
  const tools = pinned ? (await readLiveTools({ url: new URL(upstream), timeoutMs: 15_000 })).tools : [];
  await writeFile(join(folder, 'pins.json'), writePins('tools', draftPins('tools', tools).pins));
  await writeFile(join(folder, 'policy.yaml'), pinned ? POLICY : POLICY.replace(/rules:[^]*/, 'rules: []\n'));
  await writeFile(join(folder, 'jwks.json'), issuer.jwks);
  await writeFile(join(folder, 'sallyport.yaml'), configuration(upstream));
  return {
    folder,
    recordDir: join(folder, '.sallyport/record'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
