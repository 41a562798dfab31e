import type { LiveComparison } from '../../catalogue/compare-live.ts';
import { unknownFields } from '../../catalogue/classes-of-tool.ts';
import { guessClasses } from '../../catalogue/guess-classes.ts';
import type { PinnedToolInput } from '../../catalogue/pinned-tool.ts';
import { toolNameOf } from '../../catalogue/tool-name.ts';
import { guessTraits } from '../../catalogue/tool-traits.ts';
import type { JsonObject } from '../../kit/json.ts';

/** Something was asked to be accepted that is not there, or is not what was looked at. */
export class NotAcceptable extends Error {
  override readonly name = 'NotAcceptable';
}

/** A tool on the command line: `NAME`, or `NAME@DIGITS` for exactly the definition that `diff` showed. */
export interface AcceptWish {
  readonly tool: string;
  /** First hex digits of the pin. */
  readonly pin?: string;
}

/** What accepting comes to. */
export interface Acceptance {
  /** The new pins, in the old order, new tools last. */
  readonly pins: readonly PinnedToolInput[];
  /** The comparisons that were settled. */
  readonly accepted: readonly LiveComparison[];
}

/** Reads `NAME` or `NAME@DIGITS`; at least eight digits. */
export function readWish(text: string): AcceptWish {
  const [, tool, pin] = /^(.+)@([0-9a-f]{8,64})$/s.exec(text) ?? [];
  return tool === undefined || pin === undefined ? { tool: text } : { tool, pin };
}

/**
 * Pins what the server shows now for the wished tools; without wishes, for all that are shown and differ.
 *
 * A changed tool keeps the traits that the operator gave it; a new one, and new arguments, get guessed ones. An absent tool stays pinned.
 *
 * @throws NotAcceptable when a wished tool is not shown, or shows another definition than the wish names.
 */
export function acceptTools(
  pins: readonly PinnedToolInput[],
  comparisons: readonly LiveComparison[],
  wishes: readonly AcceptWish[],
): Acceptance {
  const accepted = wishes.length === 0 ? comparisons : wishes.map((wish) => wished(comparisons, wish));
  const changed = new Map(accepted.flatMap((one) => (one.kind === 'changed' ? [[one.tool, one.now] as const] : [])));
  const kept = pins.map((pin) => {
    const now = changed.get(toolNameOf(pin.definition));
    return now === undefined
      ? pin
      : { ...pin, definition: now.definition, pin: now.pin, ...classesKept(pin, now.definition) };
  });
  const added = accepted.flatMap((one) =>
    one.kind === 'new'
      ? [{ definition: one.now.definition, pin: one.now.pin, ...guessTraits(one.now.definition) }]
      : [],
  );
  return { pins: [...kept, ...added], accepted: accepted.filter(isSettled) };
}

/** The classes of arguments that are still there, and a guess for those that are new. */
function classesKept(
  { definition, classes = new Map() }: PinnedToolInput,
  now: JsonObject,
): Pick<PinnedToolInput, 'classes'> {
  const gone = new Set(unknownFields(now, classes.keys()).map(({ pointer }) => pointer));
  const guesses = [...guessClasses(now)].filter(([pointer]) => unknownFields(definition, [pointer]).length > 0);
  return { classes: new Map([...guesses, ...[...classes].filter(([pointer]) => !gone.has(pointer))]) };
}

/** Whether accepting settles it: the tool is shown and can be pinned. */
function isSettled(comparison: LiveComparison): boolean {
  if (comparison.kind === 'same') return comparison.quarantine !== undefined;
  return comparison.kind === 'changed' || comparison.kind === 'new';
}

function wished(comparisons: readonly LiveComparison[], { tool, pin }: AcceptWish): LiveComparison {
  const found = comparisons.find((one) => 'tool' in one && one.tool === tool);
  if (found === undefined || found.kind === 'absent')
    throw new NotAcceptable(`the server does not list ${JSON.stringify(tool)} now.`);
  if (pin !== undefined && 'now' in found && !found.now.pin.startsWith(pin)) {
    throw new NotAcceptable(`${JSON.stringify(tool)} has another definition now than the one that was looked at.`);
  }
  return found;
}
