import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { buildGo } from '../e2e/go.ts';

const SOURCE = fileURLToPath(new URL('tlog', import.meta.url));
const BINARY = fileURLToPath(new URL('../../.parts/tlog/tlog', import.meta.url));

/** What Go has verified, by kind. */
export type VerifiedByGo = Readonly<Record<string, number>>;

/** Builds the verifier, with the module from Go's proxy. @returns why it is not there, else `undefined`. */
export async function buildGoTlog(): Promise<string | undefined> {
  return await buildGo({ source: SOURCE, binary: BINARY });
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
