import type { JsonObject } from '../kit/json.ts';
import { reachBindings } from './environment.ts';
import { type Judgement, judgeEntry } from './judge.ts';
import { narrowAll, narrowAny } from './narrow.ts';
import type { Reach, ReachInput, ReachTarget } from './policy-set.ts';
import type { ScopedRule } from './rule.ts';
import { fits } from './rule-match.ts';

/** Methods that call what an entry of a list names. */
const METHODS: Readonly<Record<ReachTarget['kind'], readonly [string, ...string[]]>> = {
  tool: ['tools/call'],
  prompt: ['prompts/get', 'completion/complete'],
  resource: ['resources/read', 'resources/subscribe', 'resources/unsubscribe'],
  template: ['resources/read', 'resources/subscribe', 'resources/unsubscribe', 'completion/complete'],
};

/**
 * Whether some call of the entry could be allowed for this caller, whatever the arguments and the time (DESIGN §6).
 *
 * `never` only when no allow rule can hold, a deny rule holds whatever the arguments, or a requirement cannot hold. A
 * rule that cannot be judged leaves the entry listed: the call itself is then refused as a fault.
 */
export function reachOf(rules: readonly ScopedRule[], input: ReachInput): Reach {
  const enforced = rules.filter(({ rule }) => rule.mode === 'enforce');
  let because = 'no allow rule';
  for (const method of METHODS[input.target.kind]) {
    const matching = enforced.filter(({ rule }) => fits(rule.match, { ...input, method }));
    const reach = reachBy(matching, input, method);
    if (reach.kind === 'possible') return reach;
    because = reach.because;
  }
  return { kind: 'never', because };
}

function reachBy(matching: readonly ScopedRule[], input: ReachInput, method: string): Reach {
  const bindings = reachBindings(input, method);
  const judgements = matching.map((scoped) => judgeEntry(scoped, bindings));
  const barrier = judgements.find((judgement) => bars(judgement, input.target));
  if (barrier !== undefined) return { kind: 'never', because: barrier.rule.id };
  const allowing = judgements.filter(({ rule, outcome }) => rule.effect === 'allow' && outcome.kind !== 'fails');
  if (allowing.length === 0) return { kind: 'never', because: 'no allow rule' };
  const requirements = judgements.filter(({ rule }) => rule.effect === 'require');
  return {
    kind: 'possible',
    narrow: (inputSchema) => narrowed(inputSchema, allowing, requirements),
  };
}

/** Whether a rule refuses every call of the entry. A template stands for many URIs, of which a rule may name a few. */
function bars({ rule, outcome }: Judgement, target: ReachTarget): boolean {
  if (target.kind === 'template' && rule.match.target !== undefined) return false;
  if (rule.effect === 'deny') return outcome.kind === 'holds';
  return rule.effect === 'require' && outcome.kind === 'fails';
}

/**
 * A requirement that depends on its `when` as well needs both, so its constraints hold for every allowed call. A rule
 * without `args` constrains nothing here.
 */
function narrowed(
  inputSchema: JsonObject,
  allowing: readonly Judgement[],
  requirements: readonly Judgement[],
): JsonObject {
  const allowed = narrowAny(
    inputSchema,
    allowing.map(({ rule }) => rule.args),
  );
  return narrowAll(
    allowed,
    requirements.flatMap(({ rule }) => rule.args ?? []),
  );
}
