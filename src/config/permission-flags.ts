import { dirname } from 'node:path';
import { directoryOfPattern } from './find-policies.ts';
import { entriesOf, itemsOf, member, textAt } from './member.ts';
import { namedFiles } from './named-files.ts';
import type { ConfigOutline } from './outline.ts';

/** Directories that the service writes to; they must be there before it starts. */
export function writtenDirectories({ stateDir, config, pathOf }: ConfigOutline): readonly string[] {
  const checkpoints = checkpointDirectory(textAt(config, 'audit', 'checkpoints', 'to'), pathOf);
  const recordDir = textAt(config, 'audit', 'directory');
  const socket = textAt(config, 'operator', 'socket');
  return [
    stateDir,
    ...(recordDir === undefined ? [] : [pathOf(recordDir)]),
    ...(checkpoints === undefined ? [] : [checkpoints]),
    ...(socket === undefined ? [] : [dirname(pathOf(socket))]),
    ...entriesOf(member(config, 'audit', 'ship')).flatMap(([, sink]) => {
      const path = textAt(sink, 'path');
      return path === undefined ? [] : [dirname(pathOf(path))];
    }),
    ...entriesOf(member(config, 'listeners')).flatMap(([, listener]) => {
      const door = textAt(listener, 'socket');
      return door === undefined ? [] : [dirname(pathOf(door))];
    }),
  ];
}

/**
 * Node's flags that let a process do what serving this configuration needs and nothing else: the network, workers, reading
 * `code` and the named files, writing the state.
 */
export function permissionFlags(outline: ConfigOutline, code: readonly string[]): readonly string[] {
  const { config, pathOf } = outline;
  const written = writtenDirectories(outline);
  const policies = itemsOf(member(config, 'policies')).filter((pattern) => typeof pattern === 'string');
  const read = [
    ...code,
    ...outline.files(),
    ...namedFiles(config).map(({ path }) => pathOf(path)),
    ...policies.map((pattern) => pathOf(directoryOfPattern(pattern) ?? pattern)),
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

/** Where checkpoints go to outside: a directory that is named as one, or that of the file. None for a URL. */
function checkpointDirectory(to: string | undefined, pathOf: (path: string) => string): string | undefined {
  if (to === undefined || to.startsWith('https://')) return undefined;
  return to.endsWith('/') ? pathOf(to).replace(/\/+$/, '') || '/' : dirname(pathOf(to));
}

/** The paths that lie in none of the others. Node forgets a directory that is named after a file in it. */
function outermost(paths: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (const path of [...new Set(paths)].toSorted()) {
    if (!kept.some((directory) => path.startsWith(`${directory}/`))) kept.push(path);
  }
  return kept;
}
