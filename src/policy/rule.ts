import type { Priority } from '../call/priority.ts';
import type { JudgedArguments } from '../constraint/arguments.ts';
import type { YamlSource } from '../source/yaml-source.ts';
import type { Condition } from './condition.ts';
import type { CountTemplate } from './count-template.ts';
import type { Price } from './count-spec.ts';
import type { FallbackSpec } from './fallback-spec.ts';
import type { LimitTemplate } from './limit-template.ts';
import type { RuleMatch } from './rule-match.ts';
import type { WrittenRule } from './policy-file.ts';

/** The effects that this version carries out. */
export type Effect = 'allow' | 'require' | 'deny' | 'limit' | 'priority' | 'fallback';

/** A rule, read and checked; the same for every call it matches. */
export interface Rule {
  readonly id: string;
  readonly effect: Effect;
  readonly mode: 'enforce' | 'shadow';
  readonly match: RuleMatch;
  /** Constraints of `args`; absent when the rule has none. */
  readonly args: JudgedArguments | undefined;
  readonly message: string | undefined;
  readonly limit: LimitTemplate | undefined;
  readonly fallback: FallbackSpec | undefined;
  /** What it counts beyond rates; absent when nothing. */
  readonly counts?: readonly CountTemplate[];
  readonly price?: Price;
  /** The class that an `effect: priority` rule gives. */
  readonly priority: Priority | undefined;
  readonly written: WrittenRule;
  readonly source: YamlSource;
  /** Where the rule stands in its file: `rules`, index. */
  readonly path: readonly (string | number)[];
}

/** A rule with its condition compiled for one kind of target: what a tool's schema says decides about types. */
export interface ScopedRule {
  readonly rule: Rule;
  readonly condition: Condition;
}
