import { checkNames } from './check-names.ts';
import { hiddenStrings } from './hidden-strings.ts';
import { type PinnedToolInput, pinnedTool } from './pinned-tool.ts';
import type { ReadDefinition } from './read-definition.ts';
import { guessTraits } from './tool-traits.ts';
import { visibleText } from './visible-text.ts';

/** First pins of a server, and what a person should look at before accepting them. */
export interface DraftPins {
  readonly pins: readonly PinnedToolInput[];
  /** Sentences, printable: tools that were left out, cannot be enforced, hide text or have misleading names. */
  readonly notes: readonly string[];
}

/** Longest text of a server in a note, UTF-16 code units. */
const SHOWN = 400;

/** Pins for the tools of the server called `server` as they were read, with guessed traits. */
export function draftPins(server: string, tools: readonly ReadDefinition[]): DraftPins {
  const pins = new Map<string, PinnedToolInput>();
  const notes: string[] = [];
  for (const [index, tool] of tools.entries()) {
    if (tool.kind === 'unreadable') {
      notes.push(`Item ${index + 1} of the list is left out: it is not read the same by all parsers (${tool.reason}).`);
    } else if (pins.has(tool.name)) {
      notes.push(`The tool ${shownName(tool.name)} is listed twice; only the first is kept.`);
    } else {
      const { definition, pin } = tool;
      pins.set(tool.name, { definition, pin, ...guessTraits(definition) });
      notes.push(...notesOn(tool.name, { definition, pin, ...guessTraits(definition) }));
    }
  }
  const names = [...pins.keys()].map((name) => ({ server, name }));
  return { pins: [...pins.values()], notes: [...notes, ...checkNames(names).map(({ message }) => message)] };
}

function notesOn(name: string, input: PinnedToolInput): readonly string[] {
  const { validator } = pinnedTool(input);
  const unusable =
    'unusable' in validator
      ? [`Calls of ${shownName(name)} will be refused: ${visibleText(validator.unusable, SHOWN)}`]
      : [];
  const hidden = hiddenStrings(input.definition).map(
    ({ pointer, shown }) => `The tool ${shownName(name)} hides text at ${pointer}: ${shown}`,
  );
  const classed = [...(input.classes ?? [])].map(
    ([pointer, each]) =>
      `The tool ${shownName(name)} has ${visibleText(pointer, 80)} as ${each}: it stays out of the record.`,
  );
  return [...unusable, ...hidden, ...classed];
}

function shownName(name: string): string {
  return JSON.stringify(visibleText(name, 80));
}
