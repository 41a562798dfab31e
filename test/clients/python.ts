import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { pythonPart } from '../servers/python/python-part.ts';
import { ANSWERS, type ClientDriver } from './driver.ts';

const DRIVER = fileURLToPath(new URL('driver.py', import.meta.url));

/** The Python client pinned to one era, in a process of its own for each run. */
export function python(era: 'legacy' | 'modern'): ClientDriver {
  return {
    name: `py ${era}`,
    era,
    async run(url, steps, headers = {}) {
      const { command, env } = pythonPart();
      const child = spawn(command, [DRIVER], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
      const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve));
      child.stdin.end(JSON.stringify({ url, era, headers, answers: ANSWERS, steps }));
      const [said, code] = await Promise.all([text(child.stdout), ended]);
      if (code !== 0) throw new Error(`the Python client failed at ${url}`);
      return JSON.parse(said);
    },
  };
}
