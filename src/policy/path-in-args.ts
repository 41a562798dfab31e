import { nameOfStep } from '../kit/json-pointer.ts';
import type { SourcePath } from '../source/yaml-source.ts';

/**
 * Where a place in `args` stands in its file.
 *
 * @param rule Where the rule stands.
 * @param pointer RFC 6901, into `args`. Tokens of digits are list indexes, since constraint members are never called by a number.
 */
export function pathInArgs(rule: SourcePath, pointer: string): SourcePath {
  const steps = pointer
    .split('/')
    .slice(1)
    .map(nameOfStep)
    .map((name) => (/^\d+$/.test(name) ? Number(name) : name));
  return [...rule, 'args', ...steps];
}
