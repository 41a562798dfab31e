import { boundText } from '../../kit/bound-text.ts';
import { type Difference, diffPolicies } from '../../policy/diff/diff-policies.ts';
import { compilePolicies } from '../../policy/load-policies.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import type { PolicyFiles } from './read-files.ts';
import { readRulesAt } from './read-rules-at.ts';

/**
 * `policy diff OLD NEW`: calls whose answer differs, each with a witness.
 *
 * @returns 1 when one does.
 * @throws ProblemsError
 */
export function runDiff(
  [before, after]: readonly [string, string],
  { catalogue }: Pick<PolicyFiles, 'catalogue'>,
  json: boolean,
  io: CommandIo,
): number {
  const compiled = [before, after].map((path) => {
    const { sources, setTexts } = readRulesAt([path]);
    return compilePolicies(sources, catalogue, setTexts);
  });
  const [old, next] = compiled;
  if (old === undefined || next === undefined) return EXIT.unusable;
  const diff = diffPolicies(old, next, catalogue);
  if (json) io.print(JSON.stringify(diff, null, 2));
  else io.print([...diff.differences.map(printDifference), lastLine(diff.differences.length, diff.tried)].join('\n'));
  return diff.differences.length === 0 ? EXIT.ok : EXIT.negative;
}

function printDifference({ was, now, oldRule, newRule, witness }: Difference): string {
  const { server, tool, prompt, resource } = witness;
  const what = boundText(`${server} ${tool ?? prompt ?? resource}`, 200);
  const by = (rule: string | undefined): string => (rule === undefined ? 'no rule' : rule);
  const call = boundText(JSON.stringify(witness), 2000);
  return `${was} (${by(oldRule)}) -> ${now} (${by(newRule)})  ${what}\n    ${call}`;
}

function lastLine(found: number, tried: number): string {
  return found === 0
    ? `No difference found in ${tried} calls at the values that the rules hold. That is no proof.`
    : `${found} ${found === 1 ? 'difference' : 'differences'}, found in ${tried} calls.`;
}
