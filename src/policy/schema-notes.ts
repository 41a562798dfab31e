import { type Catalogue, isUsable } from '../catalogue/catalogue.ts';
import { guessClasses } from '../catalogue/guess-classes.ts';
import { visibleText } from '../catalogue/visible-text.ts';
import type { ArgumentClasses } from './argument-classes.ts';

/** Something in the pinned schema of a tool that decides nothing, or decides more than it seems to. */
export interface ToolNote {
  /** The pins file. */
  readonly file: string;
  readonly server: string;
  readonly tool: string;
  /** JSON pointer into the tool's definition. */
  readonly pointer: string;
  readonly message: string;
}

/** Longest text of a definition that is shown, characters: a server wrote it. */
const MAX_SHOWN = 200;

/** What the schema validator has to say about the pinned tools: nothing of it keeps a rule from being used. */
export function schemaNotes({ servers }: Catalogue): readonly ToolNote[] {
  return [...servers.values()].flatMap(({ name: server, config, tools }) =>
    [...tools.values()].filter(isUsable).flatMap(({ name, validator }) =>
      validator.notes.map(({ pointer, message }) => ({
        file: config.pins,
        server,
        tool: visibleText(name, MAX_SHOWN),
        pointer: visibleText(`/inputSchema${pointer}`, MAX_SHOWN),
        message: visibleText(message, 2 * MAX_SHOWN),
      })),
    ),
  );
}

/** The arguments that look personal by name or format, and that neither a pin nor a rule gives a class. */
export function classNotes({ servers }: Catalogue, classesOf: ArgumentClasses): readonly ToolNote[] {
  return [...servers.values()].flatMap(({ name: server, config, tools }) =>
    [...tools.values()].flatMap(({ name, definition, classes: written }) => {
      const classes = classesOf(server, { kind: 'tool', name });
      const open = [...guessClasses(definition).keys()].filter(
        (pointer) => written?.has(pointer) !== true && classes?.classAt(pointer) === undefined,
      );
      return open.map((pointer) => ({
        file: config.pins,
        server,
        tool: visibleText(name, MAX_SHOWN),
        pointer: visibleText(pointer, MAX_SHOWN),
        message: 'the argument looks personal and has no class: declare pii, or plain if it is not',
      }));
    }),
  );
}

/** `file:1:1: note: server/tool: /inputSchema/…: message`, in the form of a problem. */
export function printNote({ file, server, tool, pointer, message }: ToolNote): string {
  return `${file}:1:1: note: ${server}/${tool}: ${pointer}: ${message}`;
}
