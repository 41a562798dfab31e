/** A POSIX path that every reader takes apart in the same way. */
export interface ParsedPath {
  readonly kind: 'path';
  readonly absolute: boolean;
  /** Names between the slashes; none for `/` and for the empty relative path. */
  readonly segments: readonly string[];
}

/** A path that readers may take apart in different ways, or that steps out of where it starts. */
export interface AmbiguousPath {
  readonly kind: 'ambiguous';
  /** What to write instead, as a phrase that follows "a path". */
  readonly without: string;
}

/** Paths longer than Linux takes (`PATH_MAX`), in UTF-16 code units. */
const MAX_PATH_LENGTH = 4_096;

/** What some font or code page shows or maps as a slash or backslash. */
const SLASH_LIKE = /[\u2044\u2215\u2216\u2571\u2572\u29f5\u29f8\u29f9\ufe68\uff0f\uff3c]/;

/**
 * The segments of a path, or why it is ambiguous.
 *
 * Nothing is normalised: what a resolver would have to clean up is refused. `.` and `..`, empty segments (also a slash at
 * the end), backslashes and what looks like a slash, control characters and those that are not seen (Unicode Cf: bidi
 * controls, joiners, which HFS+ drops), names that end in a dot or a space (Windows drops them), a drive letter or `~` at the
 * start, any of these before a `;` (Tomcat drops the rest of the segment), percent-encoding that decodes into any of these or
 * into a dot (judged after one decoding; a second layer is refused), and characters that Unicode compatibility mapping turns
 * into any of these. Symbolic links cannot be judged from a name.
 */
export function parsePath(text: string): ParsedPath | AmbiguousPath {
  if (text.length > MAX_PATH_LENGTH) return ambiguous(`more than ${MAX_PATH_LENGTH} characters`);
  if (SLASH_LIKE.test(text)) return ambiguous('characters that look like slashes');
  const path = readPath(text);
  if (path.kind === 'ambiguous') return path;
  return refuseOtherReadings(text, path) ?? path;
}

/** The path as most read it; ambiguous too when it is so for those who drop `;` and what follows in each segment. */
function readPath(text: string): ParsedPath | AmbiguousPath {
  const path = splitPath(text);
  if (path.kind === 'ambiguous' || !text.includes(';')) return path;
  const bare = splitPath(text.replaceAll(/;[^/]*/g, ''));
  if (bare.kind === 'ambiguous') return ambiguous(`${bare.without} before ";"`);
  return bare.segments.length === path.segments.length ? path : ambiguous('empty segments before ";"');
}

function splitPath(text: string): ParsedPath | AmbiguousPath {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) return ambiguous('control characters');
  if (/\p{Cf}/u.test(text)) return ambiguous('characters that are not seen');
  if (text.includes('\\')) return ambiguous('backslashes');
  const absolute = text.startsWith('/');
  const rest = absolute ? text.slice(1) : text;
  const segments = rest === '' ? [] : rest.split('/');
  for (const segment of segments) {
    if (segment === '') return ambiguous('empty segments or a slash at the end');
    if (segment === '.' || segment === '..') return ambiguous(`"${segment}" segments`);
    if (/[. ]$/.test(segment)) return ambiguous('names that end in a dot or a space');
  }
  if (!absolute && /^(?:~|[A-Za-z]:)/.test(text)) return ambiguous('a drive letter or "~" at the start');
  return { kind: 'path', absolute, segments };
}

/** Other readings of the same text must have the same shape: one that decodes `%2f`, one that maps `．` to `.`. */
function refuseOtherReadings(text: string, path: ParsedPath): AmbiguousPath | undefined {
  const decoded = decodeOnce(text);
  if (decoded === undefined) return ambiguous('percent-encoding that cannot be decoded once');
  if (SLASH_LIKE.test(decoded)) return ambiguous('encoded characters that look like slashes');
  for (const reading of [decoded, decoded.normalize('NFKC')]) {
    if (reading === text) continue;
    const other = readPath(reading);
    if (other.kind === 'ambiguous') return ambiguous(`encoded ${other.without}`);
    if (other.absolute !== path.absolute || other.segments.length !== path.segments.length) {
      return ambiguous('encoded slashes');
    }
  }
  return /%2e/i.test(text) ? ambiguous('encoded dots') : undefined;
}

/** `text` with `%XX` decoded once; `undefined` when that is not UTF-8 or leaves more to decode. */
function decodeOnce(text: string): string | undefined {
  if (!/%[0-9a-f]{2}/i.test(text)) return text;
  try {
    // A `%` that starts no escape is itself.
    const decoded = decodeURIComponent(text.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'));
    return /%[0-9a-f]{2}/i.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}

function ambiguous(without: string): AmbiguousPath {
  return { kind: 'ambiguous', without };
}
