import { type AmbiguousPath, type ParsedPath, parsePath } from './parse-path.ts';

/**
 * Whether `path` is `root` or lies under it, segment by segment: `/workspace_evil` is not under `/workspace`.
 *
 * An absolute path is never under a relative root, and a relative one never under an absolute root.
 */
export function isUnder(path: ParsedPath, root: ParsedPath): boolean {
  return (
    path.absolute === root.absolute &&
    path.segments.length >= root.segments.length &&
    root.segments.every((segment, index) => path.segments[index] === segment)
  );
}

/** A root as its author writes it: a path, or `.` for "any relative path". */
export function parseRoot(text: string): ParsedPath | AmbiguousPath {
  if (text === '.') return { kind: 'path', absolute: false, segments: [] };
  return text === '' ? { kind: 'ambiguous', without: 'nothing in it' } : parsePath(text);
}
