const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** Longest path, characters. */
const MAX_PATH = 200;

/**
 * Whether `path` is one that names the same file everywhere: segments of letters, digits, `.`, `_` and `-` that begin with no
 * dot, joined by `/`. So it is relative, leads nowhere up, and no two of them differ in their Unicode form.
 */
export function isBundlePath(path: string): boolean {
  return path.length <= MAX_PATH && path.split('/').every((segment) => SEGMENT.test(segment));
}

/** The first path that another one equals but for case: some file systems take them for the same. */
export function caseTwin(paths: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return paths.find((path) => {
    const folded = path.toLowerCase();
    const isTwin = seen.has(folded);
    seen.add(folded);
    return isTwin;
  });
}
