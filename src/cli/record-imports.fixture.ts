/**
 * Loaded with `--import`: prints a line for each package that our own files import, once, and for each file that comes out of
 * packages. `confined` tells the process that only reads the configuration from the one that it becomes.
 *
 * @module
 */
import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';

const STDOUT = 1;
const seen = new Set<string>();

registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context);
    const isOurs = context.parentURL?.includes('/node_modules/') === false;
    if (isOurs && isOfPackage(resolved.url)) tell('package', specifier);
    return resolved;
  },
  load(url, context, nextLoad) {
    if (isOfPackage(url)) tell('file', url);
    return nextLoad(url, context);
  },
});

function isOfPackage(url: string): boolean {
  return url.includes('/node_modules/');
}

function tell(kind: string, name: string): void {
  const line = JSON.stringify({ imported: kind, name, confined: process.permission !== undefined });
  if (seen.has(line)) return;
  seen.add(line);
  while (!isWritten(`${line}\n`));
}

/** A pipe that nobody has read from for a while takes a line whole or not at all. */
function isWritten(line: string): boolean {
  try {
    writeSync(STDOUT, line);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return false;
    throw error;
  }
}
