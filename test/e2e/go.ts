import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What Go makes of a module of ours. */
export interface GoBuild {
  /** Directory of the module. */
  readonly source: string;
  /** The program to write; its directory is made. */
  readonly binary: string;
  /** Import path of the package; the module's own by default. */
  readonly package?: string;
}

/** Builds it, with modules from Go's proxy. @returns Why it is not there, else `undefined`. */
export async function buildGo({ source, binary, package: name = '.' }: GoBuild): Promise<string | undefined> {
  const go = goCommand();
  if (go === undefined) return 'Go is not installed';
  await mkdir(dirname(binary), { recursive: true });
  const { status, stderr } = spawnSync(go, ['build', '-o', binary, name], { cwd: source, encoding: 'utf8' });
  return status === 0 ? undefined : `go build: ${stderr.trim().split('\n').at(-1)}`;
}

/** What `go version` says; `undefined` without Go. */
export function goVersion(): string | undefined {
  const go = goCommand();
  if (go === undefined) return undefined;
  return spawnSync(go, ['version'], { encoding: 'utf8' }).stdout.split(' ')[2];
}

/** Where Go is; `undefined` when it is not installed. */
function goCommand(): string | undefined {
  return ['go', '/usr/local/go/bin/go'].find(
    (command) => (command === 'go' || existsSync(command)) && spawnSync(command, ['version']).status === 0,
  );
}
