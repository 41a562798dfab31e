import type { SourcePath, YamlSource } from '../source/yaml-source.ts';
import type { Findings } from './findings.ts';
import { uriFault } from './plain-uri.ts';
import type { WrittenMatch } from './policy-file.ts';

/** Reports what in a `match` could not mean what it says, whatever the catalogue holds. */
export function checkMatch(match: WrittenMatch, source: YamlSource, rulePath: SourcePath, findings: Findings): void {
  const path = [...rulePath, 'match'];
  if (Object.keys(match).length === 0) {
    findings.error(source, path, 'a match must name something.', "Write server: '*' for every call.");
  }
  const targets = (['tool', 'prompt', 'resource'] as const).filter((field) => match[field] !== undefined);
  if (targets.length > 1) {
    const message = `a call has one target: ${targets.join(' and ')} never match together.`;
    findings.error(source, path, message, 'Write one rule for each.');
  }
  if (match.effects !== undefined && targets.length > 0 && targets[0] !== 'tool') {
    const message = `only tools have effects: with ${targets[0]} this never matches.`;
    findings.errorAtKey(source, [...path, 'effects'], message, 'Remove it.');
  }
  for (const field of ['server', 'tool', 'prompt', 'resource', 'method', 'principal'] as const) {
    const written = match[field];
    if (written === undefined) continue;
    const names = typeof written === 'string' ? [written] : written;
    for (const [index, name] of names.entries()) {
      const place = typeof written === 'string' ? [...path, field] : [...path, field, index];
      checkName(field, name, source, place, findings);
    }
  }
}

function checkName(field: string, name: string, source: YamlSource, place: SourcePath, findings: Findings): void {
  if (name === '*') return;
  const star = name.indexOf('*');
  if (field === 'resource' && (star === -1 || star === name.length - 1)) checkUri(name, source, place, findings);
  if (star === -1) return;
  if (star !== name.length - 1) {
    findings.error(source, place, 'a * may only stand at the end.', 'Write the names out, or use when with glob().');
    return;
  }
  const before = name.slice(0, -1);
  if ((field === 'resource' || field === 'principal') && !endsAtBoundary(before)) {
    const message = `${JSON.stringify(name)} would also match names that only begin alike.`;
    findings.error(source, place, message, 'Let the part before * end in a slash.');
  }
}

/** A resource that is not written in normal form names nothing: calls are asked about in that form only. */
function checkUri(name: string, source: YamlSource, place: SourcePath, findings: Findings): void {
  const before = name.endsWith('*') ? name.slice(0, -1) : undefined;
  // A prefix that ends inside a name is another error.
  if (before !== undefined && !endsAtBoundary(before)) return;
  const fault = uriFault(before === undefined ? name : `${before}x/x`);
  if (fault === undefined) return;
  const normal = before === undefined ? fault.normal : fault.normal?.replace(/x\/x$/, '*');
  const suggestion =
    normal === undefined ? 'Write it as others would serialise it.' : `Write ${JSON.stringify(normal)}.`;
  findings.error(source, place, `the URI ${fault.message}, so this never matches.`, suggestion);
}

/**
 * Whether a prefix of a URI ends where a part of it ends: behind a slash, or behind the colon of a URI without an
 * authority. `https://good.example*` would also name `https://good.example.evil.example` and `https://good.example@evil`.
 */
function endsAtBoundary(prefix: string): boolean {
  return prefix.endsWith('/') || (prefix.endsWith(':') && !prefix.includes('/'));
}
