import { dirname } from 'node:path';
import { directoryOfPattern } from './find-policies.ts';
import { extAuthzListeners } from './listeners-of.ts';
import type { LoadedConfig } from './load.ts';
import { namedFiles } from './named-files.ts';

/** Directories that the service writes to; they must be there before it starts. */
export function writtenDirectories({ stateDir, config, pathOf }: LoadedConfig): readonly string[] {
  const { audit, operator } = config;
  return [
    stateDir,
    ...(audit.directory === undefined ? [] : [pathOf(audit.directory)]),
    ...(operator.socket === undefined ? [] : [dirname(pathOf(operator.socket))]),
    ...extAuthzListeners(config).map(([, { socket }]) => dirname(pathOf(socket))),
  ];
}

/**
 * Node's flags that let a process do what serving this configuration needs and nothing else: the network, workers, reading
 * `code` and the named files, writing the state.
 */
export function permissionFlags(loaded: LoadedConfig, code: readonly string[]): readonly string[] {
  const { config, pathOf } = loaded;
  const written = writtenDirectories(loaded);
  const read = [
    ...code,
    ...loaded.files(),
    ...namedFiles(config).map(({ path }) => pathOf(path)),
    ...config.policies.map((pattern) => pathOf(directoryOfPattern(pattern) ?? pattern)),
    ...written,
  ];
  return [
    '--permission',
    '--allow-net',
    '--allow-worker',
    ...outermost(read).map((path) => `--allow-fs-read=${path}`),
    ...outermost(written).map((path) => `--allow-fs-write=${path}`),
  ];
}

/** The paths that lie in none of the others. Node forgets a directory that is named after a file in it. */
function outermost(paths: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (const path of [...new Set(paths)].toSorted()) {
    if (!kept.some((directory) => path.startsWith(`${directory}/`))) kept.push(path);
  }
  return kept;
}
