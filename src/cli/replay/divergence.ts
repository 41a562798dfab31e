import { boundText } from '../../kit/bound-text.ts';
import { canonicalJson } from '../../kit/canonical-json.ts';
import type { Difference } from './differences.ts';

/** Where a run first was not what was recorded. */
export interface Divergence {
  /**
   * `tool`: another tool was called; `arguments`: with other arguments; `more`: a call that was not recorded, or was answered
   * before; `missing`: the run ended with calls left.
   */
  readonly kind: 'tool' | 'arguments' | 'more' | 'missing';
  /** The number of the call in the run, from 1; of `missing`, of the first that did not come. */
  readonly call: number;
  /** How many calls are recorded. */
  readonly of: number;
  /** The recorded call that was expected. */
  readonly recorded?: { readonly tool: string; readonly decision_id: string };
  readonly called?: { readonly tool: string };
  readonly differences?: readonly ShownDifference[];
  /** How many further places differ. */
  readonly further?: number;
  /** How many recorded calls did not come. */
  readonly missing?: number;
}

/** A difference as it is shown: bounded JSON texts, safe for a terminal; absent where nothing is. */
export interface ShownDifference {
  readonly pointer: string;
  readonly recorded?: string;
  readonly called?: string;
}

const MAX_SHOWN = 20;
const MAX_VALUE = 200;
/** Of names of tools. */
export const MAX_NAME = 128;

/** The differences as they are shown, the first few of them. */
export function showDifferences(
  found: Iterable<Difference>,
): Required<Pick<Divergence, 'differences'>> & Pick<Divergence, 'further'> {
  const differences: ShownDifference[] = [];
  let further = 0;
  for (const one of found)
    if (differences.length < MAX_SHOWN) differences.push(shown(one));
    else further += 1;
  return { differences, ...(further === 0 ? {} : { further }) };
}

function shown({ pointer, recorded, called }: Difference): ShownDifference {
  return {
    pointer: boundText(pointer, MAX_VALUE),
    ...(recorded === undefined ? {} : { recorded: boundText(canonicalJson(recorded), MAX_VALUE) }),
    ...(called === undefined ? {} : { called: boundText(canonicalJson(called), MAX_VALUE) }),
  };
}

/** The divergence for a person: one line, and one for each place that differs. */
export function printDivergence(divergence: Divergence): string {
  const { call, of, differences = [], further } = divergence;
  const lines = differences.map(
    ({ pointer, recorded = '(nothing)', called = '(nothing)' }) =>
      `  ${pointer === '' ? '(all arguments)' : pointer}: recorded ${recorded}, called ${called}`,
  );
  const rest = further === undefined ? [] : [`  and ${further} more places`];
  return [`divergence at call ${call} (recorded: ${of}): ${says(divergence)}`, ...lines, ...rest].join('\n');
}

function says({ kind, recorded, called, missing = 0 }: Divergence): string {
  const expected = recorded === undefined ? '' : `${recorded.tool} (decision ${recorded.decision_id})`;
  switch (kind) {
    case 'tool':
      return `${called?.tool} was called where ${expected} is recorded.`;
    case 'arguments':
      return `${expected} was called with other arguments.`;
    case 'more':
      return `${called?.tool} was called, and no such call is left in the record.`;
    case 'missing':
      return `the run ended before ${expected} was called; ${missing} recorded ${missing === 1 ? 'call' : 'calls'} did not come.`;
  }
}
