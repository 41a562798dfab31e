import { annotationsOf } from '../../catalogue/annotations-of.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { EMPTY_OBJECT, type JsonObject } from '../../kit/json.ts';
import { type Answer, combine } from '../combine.ts';
import type { CompiledPolicies } from '../compiled-policies.ts';
import type { MutableBindings } from '../condition.ts';
import { bindingsOf } from '../environment.ts';
import { type Judgement, judgeCall, judgeEntry } from '../judge.ts';
import type { PolicyInput } from '../policy-set.ts';
import type { ScopedRule } from '../rule.ts';
import { knownArguments } from './known-arguments.ts';
import type { RecordedCall, RuleVerdict } from './recorded-call.ts';

/** What other rules would have said of a recorded call. */
export type Replayed =
  | {
      readonly kind: 'told';
      readonly says: RuleVerdict;
      /** The rule that refuses or could not be evaluated, where one is named; for an allow the first that allows. */
      readonly rule: string | undefined;
    }
  /** It depends on what is not recorded. `rules` are the ones that read it. */
  | { readonly kind: 'indeterminate'; readonly rules: readonly string[] };

/**
 * What `policies` say of a recorded call: pure, takes no limits, looks at no grant and no schema.
 *
 * A rule that reads what is not recorded may hold or not. Only where the answer is the same either way it is told. Such a rule
 * might also have failed with an error; that refuses too, so it is told as the refusal that it would be without it.
 */
export function replayCall(call: RecordedCall, policies: CompiledPolicies, catalogue: Catalogue): Replayed {
  // A subscription to several resources is judged for each, and they are not recorded.
  if (call.method === 'subscriptions/listen' || isCut(call)) return { kind: 'indeterminate', rules: [] };
  const input = inputOf(call, catalogue);
  if (policies.isAmbiguous(input)) return { kind: 'told', says: 'deny', rule: undefined };
  const judgements = policies
    .matching(input)
    .filter(({ rule }) => rule.mode === 'enforce')
    .map((scoped) => judge(scoped, call, input, catalogue));
  const best = combine(judgements.map(decided('best')), call.housekeeping);
  const worst = combine(judgements.map(decided('worst')), call.housekeeping);
  if (best.kind === worst.kind) return told(worst, judgements);
  const unknown = judgements.filter(({ outcome }) => outcome.kind === 'unknown');
  return { kind: 'indeterminate', rules: unknown.map(({ rule }) => rule.id) };
}

/** What the record says behind a text that it has only the begin of. A text that ends like that itself cannot be told apart. */
const CUT = /…\(\+\d+\)$/;

/** Whether the record has what was called, or who called, in part: a rule may have read the rest. */
function isCut({ target, principal, tls, txn = '' }: RecordedCall): boolean {
  const called = target.kind === 'resource' ? target.uri : 'name' in target ? target.name : '';
  return [called, txn, ...principal.values(), ...tls.values()].some(
    (text) => typeof text === 'string' && CUT.test(text),
  );
}

const SAYS = { allowed: 'allow', denied: 'deny', error: 'error' } as const;

function told(answer: Answer, judgements: readonly Judgement[]): Replayed {
  const allowing = judgements.find(({ rule, outcome }) => rule.effect === 'allow' && outcome.kind === 'holds');
  const rule = answer.kind === 'allowed' ? allowing?.rule.id : answer.rule;
  return { kind: 'told', says: SAYS[answer.kind], rule };
}

/** What a rule that may hold or not would say at best for the caller, or at worst. */
function decided(end: 'best' | 'worst'): (judgement: Judgement) => Judgement {
  return (judgement) => {
    if (judgement.outcome.kind !== 'unknown') return judgement;
    const helps = judgement.rule.effect === 'allow' || judgement.rule.effect === 'require';
    return { rule: judgement.rule, outcome: { kind: helps === (end === 'best') ? 'holds' : 'fails' } };
  };
}

function inputOf(call: RecordedCall, catalogue: Catalogue): PolicyInput {
  const { server, method, target, effects, housekeeping, principal, tls, txn, atMs } = call;
  const annotations = pinnedAnnotations(call, catalogue) ?? EMPTY_OBJECT;
  const unknown = { args: EMPTY_OBJECT, params: EMPTY_OBJECT, token: undefined };
  return { server, method, target, effects, housekeeping, principal, tls, txn, nowMs: atMs, annotations, ...unknown };
}

/** Of the tool as it was called; `undefined` when another definition is pinned now. */
function pinnedAnnotations({ server, target, pin }: RecordedCall, catalogue: Catalogue): JsonObject | undefined {
  if (target.kind !== 'tool') return EMPTY_OBJECT;
  const tool = catalogue.servers.get(server)?.tools.get(target.name);
  return tool !== undefined && tool.pin === pin ? annotationsOf(tool) : undefined;
}

function judge(scoped: ScopedRule, call: RecordedCall, input: PolicyInput, catalogue: Catalogue): Judgement {
  const args = knownArguments(call.args, scoped.condition.reads, scoped.rule.args !== undefined);
  const bindings = bindingsFor(call, { ...input, args: args ?? EMPTY_OBJECT }, args, catalogue);
  // Without its arguments a rule is judged as for an entry of a list: what does not depend on them is still known.
  return args === undefined ? judgeEntry(scoped, bindings) : judgeCall(scoped, { ...input, args }, bindings);
}

/** Values as far as they are recorded; one that is not is unknown to conditions. */
function bindingsFor(
  call: RecordedCall,
  input: PolicyInput,
  args: JsonObject | undefined,
  catalogue: Catalogue,
): MutableBindings {
  const bindings = bindingsOf(input);
  bindings.set('args', args).set('params', undefined);
  bindings.set('annotations', pinnedAnnotations(call, catalogue));
  if (call.hadToken) bindings.set('token', undefined);
  return bindings;
}
