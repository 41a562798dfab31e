import type { LiveComparison } from '../../catalogue/compare-live.ts';
import { printDifference } from '../../catalogue/diff-definition.ts';
import { hiddenStrings } from '../../catalogue/hidden-strings.ts';
import type { SeenDefinition } from '../../catalogue/read-definition.ts';
import { visibleText } from '../../catalogue/visible-text.ts';
import { readablePrincipal } from '../readable-principal.ts';

/** Digits of a pin that `accept NAME@DIGITS` is given: enough that no server finds another definition with them. */
const SHOWN_PIN = 32;

/** What a person reads about one tool: nothing for one that is the same. Every line is printable. */
export function printComparison(comparison: LiveComparison): readonly string[] {
  if (comparison.kind === 'changed') return [...changedLines(comparison), ...hiddenLines(comparison.now)];
  if (comparison.kind === 'new') return [...newLines(comparison.now), ...hiddenLines(comparison.now)];
  if (comparison.kind === 'absent') return [`- ${shown(comparison.tool)}: pinned, not listed now`];
  if (comparison.kind === 'same') {
    return comparison.quarantine === undefined ? [] : [`= ${shown(comparison.tool)}: as pinned now`];
  }
  return [`! item ${comparison.index} of the list is not read the same by all parsers (${comparison.reason})`];
}

function changedLines({ tool, differences }: LiveComparison & { kind: 'changed' }): readonly string[] {
  const what =
    differences.length === 0
      ? 'shown as in the pins file, where another pin stands beside it'
      : 'the definition changed';
  return [`~ ${shown(tool)}: ${what}`, ...differences.map((one) => `    ${printDifference(one)}`)];
}

function newLines(now: SeenDefinition): readonly string[] {
  return [`+ ${shown(now.name)}: not pinned`, `    ${visibleText(descriptionOf(now), 400)}`];
}

function hiddenLines({ definition }: SeenDefinition): readonly string[] {
  return hiddenStrings(definition).map(({ pointer, shown: text }) => `    ! hides characters at ${pointer}: ${text}`);
}

/** How to accept exactly the definition that was shown. */
export function printHowToAccept(comparison: LiveComparison): readonly string[] {
  if (!('now' in comparison)) return [];
  const { name, pin } = comparison.now;
  return [`    to accept: sallyport catalogue accept ${quoted(`${name}@${pin.slice(0, SHOWN_PIN)}`)}`];
}

/** That the tool is refused now, since when and why. */
export function printQuarantine(comparison: LiveComparison): readonly string[] {
  if (!('quarantine' in comparison) || comparison.quarantine === undefined) return [];
  const { sinceMs, principal, diff } = comparison.quarantine;
  const since = new Date(sinceMs).toISOString();
  return [
    `    in quarantine since ${since}, first shown to ${visibleText(readablePrincipal(principal), 200)}:`,
    ...diff.map((line) => `      ${visibleText(line, 1000)}`),
  ];
}

function descriptionOf({ definition }: SeenDefinition): string {
  const description = definition.get('description');
  return typeof description === 'string' ? JSON.stringify(description) : 'no description';
}

function shown(name: string): string {
  return visibleText(name, 128);
}

/** For a shell; a name with anything unusual is shown, not to be pasted. */
function quoted(text: string): string {
  return /^[A-Za-z0-9_.@-]+$/.test(text) ? text : `'${visibleText(text, 200).replaceAll("'", '')}'`;
}
