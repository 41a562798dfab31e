import { dirname } from 'node:path';
import { directoryOfPattern } from './find-policies.ts';
import type { LoadedConfig } from './load.ts';
import { namedFiles } from './named-files.ts';

/** Directories that the service writes to; they must be there before it starts. */
export function writtenDirectories({ stateDir, config, pathOf }: LoadedConfig): readonly string[] {
  const { audit, operator } = config;
  return [
    stateDir,
    ...(audit.directory === undefined ? [] : [pathOf(audit.directory)]),
    ...(operator.socket === undefined ? [] : [dirname(pathOf(operator.socket))]),
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
    ...[...new Set(read)].map((path) => `--allow-fs-read=${path}`),
    ...[...new Set(written)].map((path) => `--allow-fs-write=${path}`),
  ];
}
