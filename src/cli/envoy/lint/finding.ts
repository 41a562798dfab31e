import type { Position, SourcePath } from '../../../source/yaml-source.ts';
import { LINT_RULES, type LintCode, type LintRule } from './lint-rules.ts';
import type { Place } from './place.ts';

/** One dangerous setting, and where it is or should be. */
export interface Finding extends Position, LintRule {
  readonly code: LintCode;
  readonly path: SourcePath;
}

/** What `code` says, at `place`. */
export function finding(code: LintCode, place: Place): Finding {
  return { code, path: place.path, ...place.position, ...LINT_RULES[code] };
}

/** That, when `wrong` holds; else nothing. */
export function when(wrong: boolean, code: LintCode, place: Place): readonly Finding[] {
  return wrong ? [finding(code, place)] : [];
}
