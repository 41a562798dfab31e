/**
 * Runs what the pages tell a reader to type.
 *
 * A page's blocks run in order in one folder that holds only `examples/`, with `sallyport` on the path and the demo's tool
 * server where the pages say `http://127.0.0.1:3001/mcp`:
 *
 * - "```sh": run with `bash -eu`; must exit 0. A line may end in `# exit 1` (or 2) when that is the documented answer.
 * - "```sh serve": started and left running until the page ends; the next block starts when the operator socket answers.
 * - "```yaml file=NAME" (json, text likewise): written to NAME first.
 *
 * `npm run demo` and `npm test` in the README have suites of their own.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, glob, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { startFilesServer } from '../../examples/demo/files-server.ts';
import { type CodeBlock, codeBlocks } from './code-blocks.ts';

const root = join(import.meta.dirname, '../..');
const WRITTEN = 'file=';
/** Commands that are whole test suites of their own. */
const OWN_SUITES = /^npm (run demo|test|run ok|ci|run test:|run bench)/;

const pages = [
  'README.md',
  'docs/budgets.md',
  'docs/fallbacks.md',
  'docs/key-rotation.md',
  'docs/limits.md',
  'docs/audit.md',
  'docs/overload.md',
  'docs/retention.md',
  'docs/retries.md',
  'docs/shipping.md',
  ...(await Array.fromAsync(glob('docs/guides/*.md', { cwd: root }))).toSorted(),
];

suite('documented commands', () => {
  for (const page of pages) {
    test(`of ${page} do what the page says`, async () => {
      const blocks = codeBlocks(await readFile(join(root, page), 'utf8'));
      await using server = await startFilesServer();
      await using folder = await workFolder();
      const place = (text: string): string => text.replaceAll('http://127.0.0.1:3001/mcp', server.url);
      for (const block of blocks) await follow({ ...block, text: place(block.text) }, page, folder);
    });
  }
});

interface WorkFolder extends AsyncDisposable {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
  readonly served: ChildProcess[];
}

async function workFolder(): Promise<WorkFolder> {
  const path = await mkdtemp(join(tmpdir(), 'sallyport-docs-'));
  const bin = join(path, '.bin');
  await mkdir(bin);
  await writeFile(join(bin, 'sallyport'), `#!/bin/sh\nexec '${process.execPath}' '${root}/bin/sallyport.mjs' "$@"\n`);
  await chmod(join(bin, 'sallyport'), 0o755);
  await symlink(join(root, 'examples'), join(path, 'examples'));
  const served: ChildProcess[] = [];
  return {
    path,
    served,
    env: { ...process.env, PATH: `${bin}:${dirname(process.execPath)}:${process.env['PATH']}`, NO_COLOR: '1' },
    async [Symbol.asyncDispose]() {
      for (const child of served) await stop(child);
      await rm(path, { recursive: true, force: true });
    },
  };
}

async function follow(block: CodeBlock, page: string, folder: WorkFolder): Promise<void> {
  const file = block.info.find((word) => word.startsWith(WRITTEN))?.slice(WRITTEN.length);
  if (file !== undefined) {
    await mkdir(dirname(join(folder.path, file)), { recursive: true });
    await writeFile(join(folder.path, file), block.text);
  } else if (block.language === 'sh' && block.info.includes('serve')) {
    folder.served.push(await serve(block, page, folder));
  } else if (block.language === 'sh') {
    await run(block, page, folder);
  }
}

async function run({ text, line }: CodeBlock, page: string, { path, env }: WorkFolder): Promise<void> {
  const script = text
    .split('\n')
    .filter((command) => !OWN_SUITES.test(command))
    .map((command) => {
      const expected = / # exit (\d+)$/.exec(command)?.[1];
      return expected === undefined ? command : `{ set +e; ${command}\n} ; [ $? = ${expected} ]; set -e`;
    })
    .join('\n');
  const child = spawn('bash', ['-eu', '-c', script], { cwd: path, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collect(child);
  const [code] = await once(child, 'close');
  assert.equal(code, 0, `${page}:${line} ended with ${code}:\n${text}\n${output()}`);
}

async function serve({ text, line }: CodeBlock, page: string, { path, env }: WorkFolder): Promise<ChildProcess> {
  const command = text.trim();
  const child = spawn('bash', ['-c', `exec ${command}`], { cwd: path, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collect(child);
  await ready(child, () => `${page}:${line} did not become ready:\n${output()}`, output);
  return child;
}

/** `serve` and `dev` say on one line when they are ready. */
async function ready(child: ChildProcess, complaint: () => string, output: () => string): Promise<void> {
  const seen = Promise.withResolvers<void>();
  const look = (): void => {
    if (/ready/.test(output())) seen.resolve();
  };
  child.stdout?.on('data', look);
  child.stderr?.on('data', look);
  child.on('exit', () => seen.reject(new Error(complaint())));
  await seen.promise;
}

function collect(child: ChildProcess): () => string {
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
