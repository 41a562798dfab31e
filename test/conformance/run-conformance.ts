import { spawn } from 'node:child_process';
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The revisions whose requirements are run, each on its own wire. */
export const REVISIONS = ['2025-11-25', '2026-07-28'] as const;
export type Revision = (typeof REVISIONS)[number];

/** What the suite found, as data. */
export interface ConformanceReport {
  readonly revision: Revision;
  /** True when every scenario that the revision requires passed: the suite's own verdict. */
  readonly conforms: boolean;
  /** Sum of checks with that status, over all scenarios that ran. */
  readonly passed: number;
  readonly failed: number;
  /** `scenario:check` → status. A check that a scenario makes several times has all its statuses, sorted. */
  readonly checks: ReadonlyMap<string, string>;
  /** Everything the suite printed. For a person who looks for the cause. */
  readonly output: string;
}

const SUITE = fileURLToPath(
  new URL('../../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url),
);

const checksSchema = z.array(z.object({ id: z.string(), status: z.string(), errorMessage: z.string().optional() }));

/** Runs the published conformance suite (server scenarios) of `revision` against `url`. About three seconds. */
export async function runConformance(url: string, revision: Revision): Promise<ConformanceReport> {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  try {
    const { code, output } = await runSuite([
      'server',
      '--url',
      url,
      '--requirements',
      revision,
      '--output-dir',
      folder,
    ]);
    const statuses = await readChecks(folder);
    const count = (status: string) => [...statuses.values()].flat().filter((each) => each === status).length;
    return {
      revision,
      conforms: code === 0,
      passed: count('SUCCESS'),
      failed: count('FAILURE'),
      checks: new Map([...statuses].map(([key, each]) => [key, each.toSorted().join(' ')])),
      output,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runSuite(args: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [SUITE, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', (exit) => resolve(exit ?? 1));
  });
  return { code, output };
}

/** Reads `server-<scenario>-<time>/checks.json` of every scenario. What the suite only notes (INFO) is no check. */
async function readChecks(folder: string): Promise<Map<string, string[]>> {
  const statuses = new Map<string, string[]>();
  for await (const path of glob('*/checks.json', { cwd: folder })) {
    const scenario = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(basename(dirname(path)))?.[1] ?? dirname(path);
    for (const { id, status } of checksSchema.parse(JSON.parse(await readFile(join(folder, path), 'utf8')))) {
      if (status === 'INFO') continue;
      const key = `${scenario}:${id}`;
      statuses.set(key, [...(statuses.get(key) ?? []), status]);
    }
  }
  return statuses;
}
