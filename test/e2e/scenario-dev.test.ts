import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { clientDrivers } from '../clients/drivers.ts';
import { ts1 } from '../clients/ts-1.ts';
import { ts2 } from '../clients/ts-2.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { ALLOW_ALL } from './start-sallyport.ts';
import { within } from './within.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
const STDIO_SERVER = join(import.meta.dirname, '../../src/bridge/stdio-server.fixture.ts');

/** A guard that was started by hand. */
interface DevGuard extends AsyncDisposable {
  /** What it says to paste into a client. */
  readonly pasted: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  /** Tools that it says can be called, and that it says are refused. */
  readonly callable: readonly string[];
  readonly refused: readonly string[];
  /** Where it says that its rules are. */
  readonly policyPath: string;
  /** Ends it as Ctrl-C does. @returns the exit code. */
  interrupt(): Promise<number | null>;
}

/** Runs `sallyport dev` with `args` in a folder of its own until it says that it is ready. */
async function startDev(args: readonly string[]): Promise<DevGuard> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-dev-'));
  const options = ['dev', '--dir', join(folder, 'guard'), '--bind', '127.0.0.1:0'];
  const child = spawn(process.execPath, [MAIN, ...options, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = await untilSaid(child, 'What happened:');
  const [start, end] = [said.indexOf('{'), said.lastIndexOf('}')];
  const { mcpServers }: { mcpServers: Readonly<Record<string, DevGuard['pasted']>> } = JSON.parse(
    said.slice(start, end + 1),
  );
  const [pasted] = Object.values(mcpServers);
  if (pasted === undefined) assert.fail(said);
  const listed = (label: string): readonly string[] =>
    (new RegExp(`^${label}: +(.*)$`, 'm').exec(said)?.[1] ?? '').split(', ');
  const interrupt = async (): Promise<number | null> => {
    child.kill('SIGINT');
    if (child.exitCode === null) await once(child, 'exit');
    return child.exitCode;
  };
  return {
    pasted,
    callable: listed('Can be called'),
    refused: listed('Refused for now'),
    policyPath: /^Rules: +(.*) \(/m.exec(said)?.[1] ?? '',
    interrupt,
    async [Symbol.asyncDispose]() {
      await interrupt();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilSaid(child: ReturnType<typeof spawn>, wanted: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes(wanted)) resolve(said);
    });
  }
  child.once('exit', () => reject(new Error(said)));
  return await promise;
}

suite('sallyport dev', () => {
  for (const { driver, skip } of clientDrivers()) {
    test(`guards a running server for ${driver.name}, which was given what it says to paste`, { skip }, async () => {
      await using upstream = await startV2();
      await using guard = await startDev(['--upstream', upstream.url]);
      assert.deepEqual(guard.callable, ['echo']);
      assert.ok(guard.refused.includes('delete_all'));
      const { url, headers } = guard.pasted;
      const steps = [
        { do: 'call', tool: 'echo', args: { text: 'hi' } },
        { do: 'call', tool: 'delete_all' },
      ] as const;
      const [allowed, refused] = await driver.run(url, steps, headers);
      assert.match(JSON.stringify(allowed), /"text":"hi"/);
      assert.match(JSON.stringify(refused), /policy\.no-allow/);
      assert.deepEqual(
        (await upstream.calls()).map(({ tool }) => tool),
        ['echo'],
      );
      assert.equal(await guard.interrupt(), 0);
    });
  }

  for (const driver of [ts1, ts2('legacy')]) {
    test(`guards a stdio server for ${driver.name}; a rule that is added counts at once`, async () => {
      await using guard = await startDev(['--', process.execPath, STDIO_SERVER]);
      assert.ok(guard.refused.includes('echo'));
      const { url, headers } = guard.pasted;
      const call = { do: 'call', tool: 'echo', args: { text: 'hi' } } as const;
      assert.match(JSON.stringify(await driver.run(url, [call], headers)), /policy\.no-allow/);
      await writeFile(guard.policyPath, ALLOW_ALL);
      const allowed = async (): Promise<string> => {
        for (;;) {
          const answer = JSON.stringify(await driver.run(url, [call], headers));
          if (!answer.includes('policy.no-allow')) return answer;
        }
      };
      assert.match(await within(15_000, allowed()), /"text":"hi"/);
      assert.equal(await guard.interrupt(), 0);
    });
  }
});
