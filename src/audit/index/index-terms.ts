import { hash } from 'node:crypto';
import type { AuditRecord } from '../record-shape.ts';

/** What of a record it can be found by. */
export type IndexField = 'caller' | 'decision' | 'reason' | 'rule' | 'server' | 'tool' | 'type';

/** Stands for every term: what a record has of which not all terms are kept. */
export const ANY_TERM = 0;
/** Most terms of a record that are kept. */
const MAX_TERMS = 128;
const TERM_BYTES = 6;

type Data = Readonly<Record<string, unknown>>;

/**
 * A number that stands in the index for `value` of `field`: 48 bits of a SHA-256.
 *
 * So no text of a caller gets into the index. Two values may have the same number; who looks something up reads the record too.
 */
export function indexTerm(field: IndexField, value: string): number {
  return 1 + hash('sha256', `${field}\0${value}`, 'buffer').readUIntBE(0, TERM_BYTES);
}

/** All terms that a record can be found by, each once; `[ANY_TERM]` when they are too many. */
export function indexTerms({ data, type }: AuditRecord): readonly number[] {
  const own = members(data);
  const rules: readonly unknown[] = Array.isArray(own['rules']) ? own['rules'] : [];
  const named: readonly (readonly [IndexField, unknown])[] = [
    ['type', type],
    ['decision', own['decision_id']],
    ['server', own['server']],
    ['tool', members(own['target'])['name']],
    ['reason', own['reason']],
    ['rule', own['rule']],
    ...rules.map((rule) => ['rule', rule] as const),
    ...Object.values(members(own['caller'])).map((value) => ['caller', value] as const),
  ];
  if (named.length > MAX_TERMS) return [ANY_TERM];
  const terms = named.flatMap(([field, value]) => (typeof value === 'string' ? [indexTerm(field, value)] : []));
  return [...new Set(terms)];
}

function members(value: unknown): Data {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
