import { sha256Hex } from '../kit/digest.ts';
import type { JsonObject } from '../kit/json.ts';
import type { LimitSpec } from './limit-spec.ts';
import type { WrittenLimit } from './policy-file.ts';
import type { PolicyInput } from './policy-set.ts';
import type { Rule } from './rule.ts';

/** A limit as its rule states it, before it is known who calls. */
export interface LimitTemplate {
  readonly burst: number;
  readonly refill: number;
  readonly periodMs: number;
  readonly cost: number;
  /** Sorted, without repeats. */
  readonly by: readonly WrittenLimit['by'][number][];
}

/** Periods by the field that names them, in milliseconds. */
const PERIODS = { per_second: 1000, per_minute: 60_000, per_hour: 3_600_000, per_day: 86_400_000 } as const;

/** What is wrong with a limit beyond its shape. */
export interface LimitFault {
  readonly field: 'cost' | 'burst';
  readonly message: string;
  readonly suggestion: string;
}

/** The template of a written limit, or what is wrong with it. */
export function limitTemplateOf(written: WrittenLimit): LimitTemplate | LimitFault {
  const rates = Object.entries(PERIODS).flatMap(([field, periodMs]) => {
    const refill = written[field as keyof typeof PERIODS];
    return refill === undefined ? [] : [{ refill, periodMs }];
  });
  const [rate, another] = rates;
  if (rate === undefined || another !== undefined) {
    const suggestion = 'Write exactly one of per_second, per_minute, per_hour and per_day.';
    return { field: 'burst', message: 'a limit has one rate.', suggestion };
  }
  if (written.cost > written.burst) {
    const suggestion = `Write at most ${written.burst}, or raise burst.`;
    return { field: 'cost', message: 'a call that costs more than burst could never pass.', suggestion };
  }
  return { ...rate, burst: written.burst, cost: written.cost, by: [...new Set(written.by)].toSorted() };
}

/** The limit of a rule for one call. Calls with equal parts share a bucket; no two different ones do. */
export function limitSpecOf({ id, message }: Rule, template: LimitTemplate, input: PolicyInput): LimitSpec {
  const { by, burst, refill, periodMs, cost } = template;
  // JSON keeps the parts apart whatever they hold.
  const key = JSON.stringify([id, ...by.map((part) => [part, partOf(part, input)])]);
  const spec = { name: id, key: shortKey(key), burst, refill, periodMs, cost };
  return message === undefined ? spec : { ...spec, message };
}

/** Longest key that is kept as it is, in UTF-16 code units: a store holds very many. */
const MAX_KEY_LENGTH = 256;

function shortKey(key: string): string {
  return key.length <= MAX_KEY_LENGTH ? key : `sha256:${sha256Hex(key)}`;
}

function partOf(part: LimitTemplate['by'][number], { server, target, principal }: PolicyInput): string {
  switch (part) {
    case 'server':
      return server;
    case 'tool':
      return `${server}/${target.kind === 'tool' ? target.name : ''}`;
    case 'principal':
      return textOf(principal, 'id') ?? '';
    case 'agent':
      return textOf(principal, 'actor') ?? textOf(principal, 'spiffe') ?? textOf(principal, 'client_id') ?? '';
  }
}

function textOf(principal: JsonObject, field: string): string | undefined {
  const value = principal.get(field);
  return typeof value === 'string' ? value : undefined;
}
