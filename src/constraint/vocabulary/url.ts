import type { JsonValue } from '../../kit/json.ts';
import { ConstraintError } from '../constraint-error.ts';
import { isUnder } from '../path/is-under.ts';
import { type ParsedPath, parsePath } from '../path/parse-path.ts';
import { sayNames } from '../say.ts';
import { compileHostPattern, type HostPattern } from '../url/host-pattern.ts';
import { isPublicHost } from '../url/is-public-host.ts';
import { type ParsedUrl, parseUrl, SCHEME_PORTS } from '../url/parse-url.ts';
import type { Violation } from '../violation.ts';
import { type ConstraintKind, violation } from './kind.ts';
import type { Spec } from './spec.ts';
import { withHint } from './tighten.ts';

/** One question about a parsed URL, and how its answer reads. */
interface Test {
  readonly words: string;
  accepts(url: ParsedUrl): boolean;
}

/**
 * `{c: url, schemes, hosts, ports, path_under, public_only}`: an absolute URL that can be read in one way only.
 *
 * - `schemes`: of `https, http, wss, ws, ftp`. Default: `https`.
 * - `hosts`: exact names, `*.example.com` (one or more labels, not `example.com` itself), addresses, or `*`.
 *   May be left out only with `public_only`.
 * - `ports`: default: the scheme's own.
 * - `path_under`: a path that the URL's path must be or lie under.
 * - `public_only`: refuses addresses and names that are not on the public Internet. Names are not resolved.
 */
export const url: ConstraintKind = {
  members: ['schemes', 'hosts', 'ports', 'path_under', 'public_only'],
  compile(spec) {
    const tests = [schemeTest(spec), hostTest(spec), portTest(spec), pathTest(spec), publicTest(spec)].filter(
      (test) => test !== undefined,
    );
    const allowed = `a URL ${tests.map((test) => test.words).join(', ')}`;
    return {
      check: (value) => checkUrl(value, tests, allowed),
      narrow: (schema) => withHint(schema, allowed),
    };
  },
};

function checkUrl(value: JsonValue, tests: readonly Test[], allowed: string): Violation | undefined {
  if (typeof value !== 'string') return violation(`must be ${allowed}`, allowed);
  const parsed = parseUrl(value);
  if (parsed.kind === 'ambiguous') return violation(`must be a URL ${parsed.instead}`, allowed);
  const failed = tests.find((test) => !test.accepts(parsed));
  return failed === undefined ? undefined : violation(`must be a URL ${failed.words}`, allowed);
}

function schemeTest(spec: Spec): Test {
  const schemes = spec.texts('schemes') ?? ['https'];
  for (const [index, scheme] of schemes.entries()) {
    if (SCHEME_PORTS.has(scheme)) continue;
    throw new ConstraintError(spec.at('schemes', index), `must be one of ${[...SCHEME_PORTS.keys()].join(', ')}`);
  }
  return { words: `of scheme ${schemes.join(' or ')}`, accepts: (parsed) => schemes.includes(parsed.scheme) };
}

function hostTest(spec: Spec): Test | undefined {
  const hosts = spec.texts('hosts');
  if (hosts === undefined) {
    if (spec.boolean('public_only') === true) return undefined;
    throw spec.error('hosts', 'url needs the list hosts, or public_only: true', 'Write hosts: ["*"] for any host.');
  }
  const patterns = hosts.map((host, index) => compileHost(spec, host, index));
  return { words: `on ${sayNames(hosts)}`, accepts: (parsed) => patterns.some((pattern) => pattern(parsed.host)) };
}

function compileHost(spec: Spec, host: string, index: number): HostPattern {
  const pattern = compileHostPattern(host);
  if (pattern !== undefined) return pattern;
  throw new ConstraintError(
    spec.at('hosts', index),
    'must be a host',
    'For example example.com, *.example.com or [2001:db8::1].',
  );
}

function portTest(spec: Spec): Test {
  if (!spec.has('ports')) {
    return { words: 'on the default port', accepts: (parsed) => parsed.port === SCHEME_PORTS.get(parsed.scheme) };
  }
  const ports = spec.list('ports').map((port, index) => {
    if (typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536) return port;
    throw new ConstraintError(spec.at('ports', index), 'must be a port: a whole number from 1 to 65535');
  });
  return { words: `on port ${ports.join(' or ')}`, accepts: (parsed) => ports.includes(parsed.port) };
}

function pathTest(spec: Spec): Test | undefined {
  const text = spec.text('path_under');
  if (text === undefined) return undefined;
  const root = parsePath(text);
  if (root.kind === 'ambiguous' || !root.absolute) throw spec.error('path_under', 'must be a path such as /docs');
  return { words: `with a path under ${text}`, accepts: (parsed) => isPathUnder(parsed.path, root) };
}

/**
 * A slash at the end is common in URLs and names no other resource's directory. Some servers cut `;…` off each segment
 * before they resolve dots (`/docs/..;/admin`), so the path must hold in that reading too.
 */
function isPathUnder(path: string, root: ParsedPath): boolean {
  return [path, path.replaceAll(/;[^/]*/g, '')].every((reading) => {
    const parsed = parsePath(reading.length > 1 ? reading.replace(/\/$/, '') : reading);
    return parsed.kind === 'path' && isUnder(parsed, root);
  });
}

function publicTest(spec: Spec): Test | undefined {
  if (spec.boolean('public_only') !== true) return undefined;
  return { words: 'on the public Internet', accepts: (parsed) => isPublicHost(parsed.host) };
}
