import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Priority } from '../../src/call/priority.ts';
import { pinOf } from '../../src/catalogue/pin.ts';
import { writePins } from '../../src/catalogue/pins-file.ts';
import { guessTraits } from '../../src/catalogue/tool-traits.ts';
import { objectOf } from '../../src/policy/catalogue.fixture.ts';
import { ISSUER, type Issuer, LIFETIME_S, RESOURCE } from '../soak/issuer.ts';

/** The one tool that is called. */
export const TOOL = 'work';
/** The one path. */
export const ROUTE = '/tools';

/** Who calls: `sub` of the token of a caller of each class. */
export function subjectOf(priority: Priority, number: number): string {
  return `${priority}/${number}`;
}

const DEFINITION = objectOf({
  name: TOOL,
  description: 'Does some work.',
  inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
});

/** The classes by subject; whoever is in no rule is interactive. */
const POLICY = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: overload }
rules:
  - { id: work, match: { tool: ${TOOL} }, effect: allow, args: { text: { c: re2, pattern: "[a-z ]{1,64}" } } }
  - { id: batch, match: { principal: batch/* }, effect: priority, priority: batch }
  - { id: speculative, match: { principal: speculative/* }, effect: priority, priority: speculative }
`;

export interface OverloadProjectOptions {
  readonly upstream: string;
  readonly issuer: Issuer;
  /** Connections to the tool server, and calls that may wait for one. */
  readonly connections: number;
  readonly pending: number;
  /** The `listeners:` section. */
  readonly listeners: string;
  /** Fields of `decision:`. */
  readonly decision?: string;
}

/** Writes a configuration to a folder of its own. */
export async function writeOverloadProject(
  options: OverloadProjectOptions,
): Promise<{ readonly folder: string } & AsyncDisposable> {
  const { upstream, issuer, connections, pending, listeners, decision = '{}' } = options;
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-overload-'));
  await mkdir(join(folder, '.sallyport'), { mode: 0o700 });
  await writeFile(
    join(folder, 'pins.json'),
    writePins('tools', [{ definition: DEFINITION, pin: pinOf(DEFINITION), ...guessTraits(DEFINITION) }]),
  );
  await writeFile(join(folder, 'policy.yaml'), POLICY);
  await writeFile(join(folder, 'jwks.json'), issuer.jwks);
  await writeFile(
    join(folder, 'sallyport.yaml'),
    `listeners: ${listeners}
servers:
  tools:
    route: ${ROUTE}
    upstream: ${upstream}
    resource: ${RESOURCE}
    pins: pins.json
    max_upstream_connections: ${connections}
    max_upstream_pending: ${pending}
    max_calls_per_principal: 10000
policies: [policy.yaml]
authenticate:
  issuers: [{ issuer: "${ISSUER}", jwks: { file: jwks.json }, max_lifetime_s: ${LIFETIME_S} }]
decision: ${decision}
`,
  );
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
