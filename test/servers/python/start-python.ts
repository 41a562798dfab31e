import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { ObservedCall, Upstream } from '../upstream.ts';
import { pythonPart } from './python-part.ts';

const SERVER = fileURLToPath(new URL('server.py', import.meta.url));
const firstLine = z.object({ url: z.string() });
const observedSchema = z.array(z.object({ tool: z.string(), args: z.unknown() }));

/** Starts the Python SDK's server on uvicorn, in a process of its own. Takes about a second. */
export async function startPython(): Promise<Upstream> {
  const { command, env } = pythonPart();
  const child = spawn(command, [SERVER], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const url = await readUrl(child);
  await untilServing(url);
  const control = (path: string, method: string) => fetch(new URL(path, url), { method });
  const stop = () => end(child);
  return {
    name: 'py',
    url,
    calls: async (): Promise<readonly ObservedCall[]> =>
      observedSchema.parse(await (await control('/observed', 'GET')).json()),
    forget: async () => void (await control('/forget', 'POST')),
    drift: async () => void (await control('/drift', 'POST')),
    close: stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function readUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the server has no output');
  for await (const line of createInterface(child.stdout)) return firstLine.parse(JSON.parse(line)).url;
  throw new Error('the Python server ended before it said its URL');
}

/** The socket listens before uvicorn accepts, so the first request simply waits until it does. */
async function untilServing(url: string): Promise<void> {
  await (await fetch(new URL('/observed', url))).body?.cancel();
}

async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (child.exitCode === null && child.kill('SIGKILL')) await gone;
}
