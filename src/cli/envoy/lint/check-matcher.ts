import { EXT_AUTHZ } from '../file/filter-names.ts';
import { inner, typed, typeOf, type HttpFilter } from './envoy-view.ts';
import { type Finding, finding } from './finding.ts';
import { type Guarded, isInspect } from './guarded.ts';
import type { Place } from './place.ts';

/** Whether ext_proc is left out on `reply: pass` of ext_authz, and only then. */
export function checkMatcher(guarded: Guarded, { entry, matcher }: HttpFilter): readonly Finding[] {
  if (matcher === undefined) return isInspect(guarded) ? [] : [finding('matcher.none', entry)];
  const rules = [matcher.at('xds_matcher'), matcher.at('matcher')].filter(({ exists }) => exists);
  const [only, ...others] = rules;
  if (only === undefined) return isInspect(guarded) ? [] : [finding('matcher.none', entry)];
  const fine = others.length === 0 && !isInspect(guarded) && skipsOnPassOnly(only);
  return fine ? [] : [finding('matcher.skips', only)];
}

function skipsOnPassOnly(rules: Place): boolean {
  const fields = rules.members().map(([name]) => name);
  const [only, ...others] = rules.at('matcher_list', 'matchers').items();
  return (
    fields.length === 1 &&
    only !== undefined &&
    others.length === 0 &&
    isPass(only.at('predicate')) &&
    typeOf(typed(only.at('on_match', 'action'))) === 'SkipFilter'
  );
}

function isPass(predicate: Place): boolean {
  const single = predicate.at('single_predicate');
  const input = inner(typed(single.at('input')));
  const value = inner(typed(single.at('custom_match')));
  const path = input.at('path').items();
  return (
    predicate.members().length === 1 &&
    input.at('filter').text === EXT_AUTHZ &&
    path.length === 1 &&
    path[0]?.at('key').text === 'reply' &&
    value.at('value', 'string_match', 'exact').text === 'pass' &&
    value.at('invert').isOff
  );
}
