import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('tlog', import.meta.url));
const BINARY = fileURLToPath(new URL('../../.parts/tlog/tlog', import.meta.url));

/** What Go has verified, by kind. */
export type VerifiedByGo = Readonly<Record<string, number>>;

/** Builds the verifier, with the module from Go's proxy. @returns why it is not there, else `undefined`. */
export async function buildGoTlog(): Promise<string | undefined> {
  const go = goCommand();
  if (go === undefined) return 'Go is not installed';
  await mkdir(join(BINARY, '..'), { recursive: true });
  const { status, stderr } = spawnSync(go, ['build', '-o', BINARY, '.'], { cwd: SOURCE, encoding: 'utf8' });
  return status === 0 ? undefined : `go build: ${stderr.trim().split('\n').at(-1)}`;
}

/** What `go version` says. */
export function goVersion(): string | undefined {
  const go = goCommand();
  return go === undefined ? undefined : spawnSync(go, ['version'], { encoding: 'utf8' }).stdout.split(' ')[2];
}

/**
 * Hands `documents` to the verifier of `tlog/main.go`.
 *
 * @throws what it said when one of them did not hold.
 */
export async function verifyByGo(documents: Iterable<object>): Promise<VerifiedByGo> {
  const child = spawn(BINARY, [], { stdio: ['pipe', 'pipe', 'pipe'] });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = once(child, 'close');
  // It stops reading at the first that does not hold.
  child.stdin.on('error', () => undefined);
  for (const document of documents) {
    if (!child.stdin.write(`${JSON.stringify(document)}\n`)) await Promise.race([once(child.stdin, 'drain'), ended]);
  }
  child.stdin.end();
  const [out, err] = await said;
  const [code] = await ended;
  if (code !== 0) throw new Error(`Go does not verify it: ${err}`);
  return JSON.parse(out) as VerifiedByGo;
}

function goCommand(): string | undefined {
  return ['go', '/usr/local/go/bin/go'].find(
    (command) => (command === 'go' || existsSync(command)) && spawnSync(command, ['version']).status === 0,
  );
}
