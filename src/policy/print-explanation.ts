import type { CelOutcome } from '../constraint/cel/compile-cel.ts';
import { canonicalJson } from '../kit/canonical-json.ts';
import type { Target } from '../call/call.ts';
import type { Explanation, RuleExplanation } from './explain.ts';
import type { Outcome } from './judge.ts';
import type { Metering } from './count-spec.ts';
import type { PolicyAllowed, PolicyDecision } from './policy-set.ts';

/** Longest value that is printed, in UTF-16 code units. */
const MAX_SHOWN = 200;

/** An explanation for people: the call, each matching rule with what its parts say, the answer. */
export function printExplanation({ input, violation, rules, decision }: Explanation): string {
  const refused = violation === undefined ? [] : [`schema  refuses: ${violation.pointer} ${violation.message}`];
  return [
    `call    ${input.method} ${nameOf(input.target)} on ${input.server}, args ${show(canonicalJson(input.args))}`,
    `caller  ${show(canonicalJson(input.principal))} at ${new Date(input.nowMs).toISOString()}`,
    ...refused,
    ...(rules.length === 0 ? ['rules   none matches'] : rules.flatMap(printRule)),
    ...printDecision(decision),
    ...(violation === undefined ? [] : ['        in service the pinned schema refuses it first: tool.arguments']),
  ].join('\n');
}

/** The same as JSON. */
export function explanationJson({ input, violation, rules, decision }: Explanation): unknown {
  return {
    call: { server: input.server, method: input.method, target: input.target },
    schema: violation === undefined ? { fits: true } : { fits: false, ...violation },
    rules: rules.map(({ rule, outcome, parts }) => ({
      id: rule.id,
      file: rule.source.file,
      ...rule.source.locate(rule.path),
      effect: rule.effect,
      mode: rule.mode,
      outcome,
      parts: parts.map(({ text, outcome: part }) => ({ text, outcome: sayOutcome(part) })),
    })),
    ...answerJson(decision),
    shadow: decision.shadow,
  };
}

function answerJson(decision: PolicyDecision): object {
  switch (decision.kind) {
    case 'allowed':
      return { verdict: 'allowed', limits: decision.limits, metering: decision.metering, ...priorityOf(decision) };
    case 'denied': {
      const { reason, rule, argument, allowed, message } = decision;
      return { verdict: 'denied', reason, rule, argument, allowed, message };
    }
    case 'error':
      return { verdict: 'fault', reason: 'policy.error', rule: decision.rule, message: decision.message };
  }
}

/** Nothing where no rule says anything of it. */
function priorityOf({ priority }: PolicyAllowed): object {
  return priority === undefined ? {} : { priority };
}

function printRule({ rule, outcome, parts }: RuleExplanation): readonly string[] {
  const { line } = rule.source.locate(rule.path);
  const shadow = rule.mode === 'shadow' ? ' (shadow)' : '';
  return [
    `rule    ${rule.id} at ${rule.source.file}:${line}: ${rule.effect}${shadow}: ${sayRuleOutcome(outcome)}`,
    ...parts.map(({ text, outcome: part }) => `        ${show(text.replaceAll(/\s+/g, ' '))} is ${sayOutcome(part)}`),
  ];
}

function printMetering(metering: Metering | undefined): readonly string[] {
  if (metering === undefined) return [];
  return [
    ...metering.counts.map(({ name, kind, most, unit }) => `budget  ${name}: at most ${most} ${unit ?? kind}`),
    ...metering.prices.map(({ name, estimate, unit }) => `price   ${name}: ${estimate} ${unit}`),
  ];
}

function printDecision(decision: PolicyDecision): readonly string[] {
  const shadow = decision.shadow.map(({ rule, would }) => `shadow  ${rule} would ${would}`);
  switch (decision.kind) {
    case 'allowed':
      return [
        'answer  allowed',
        ...decision.limits.map(({ name, cost }) => `limit   ${name} takes ${cost}`),
        ...printMetering(decision.metering),
        ...(decision.priority === undefined ? [] : [`class   ${decision.priority}`]),
        ...shadow,
      ];
    case 'denied': {
      const { reason, rule, argument, allowed, message } = decision;
      const detail = Object.entries({ rule, argument, allowed, message }).filter(([, text]) => text !== undefined);
      return [`answer  denied: ${reason}`, ...detail.map(([name, text]) => `        ${name}: ${text}`), ...shadow];
    }
    case 'error':
      return [`answer  fault: rule ${decision.rule} cannot be evaluated: ${decision.message}`, ...shadow];
  }
}

function sayRuleOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'holds':
      return 'holds';
    case 'fails': {
      const { violation } = outcome;
      return violation === undefined ? 'does not hold' : `does not hold: ${violation.pointer} ${violation.message}`;
    }
    case 'unknown':
      return 'cannot be told';
    case 'error':
      return `error: ${outcome.message}`;
  }
}

function sayOutcome(outcome: CelOutcome): string {
  switch (outcome.kind) {
    case 'bool':
      return String(outcome.value);
    case 'value':
      return show(canonicalJson(outcome.value));
    case 'unknown':
      return 'unknown';
    case 'error':
      return `an error: ${outcome.message}`;
  }
}

function nameOf(target: Target): string {
  switch (target.kind) {
    case 'tool':
    case 'prompt':
      return JSON.stringify(target.name);
    case 'resource':
      return JSON.stringify(target.uri);
    case 'task':
    case 'none':
      return 'without target';
  }
}

function show(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - 1)}…`;
}
