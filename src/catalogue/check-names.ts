import { mixesScripts, shapeOf } from './confusable.ts';
import { hiddenCharacters, visibleText } from './visible-text.ts';

/** A tool by the server that has it. */
export interface OwnedName {
  readonly server: string;
  readonly name: string;
}

/** Something about a tool's name that can mislead a person or a model. */
export interface NameFinding extends OwnedName {
  readonly kind: 'hidden' | 'mixed' | 'odd' | 'collision';
  /** A sentence for the operator, printable. */
  readonly message: string;
}

/** Longest name shown, UTF-16 code units. */
const SHOWN = 80;

/**
 * What can mislead in these names, over all servers together: an agent that uses several sees their tools in one list.
 *
 * Reports hidden characters and white space, mixed alphabets, names outside of what MCP recommends (tools, "Tool names"),
 * and names that are the same or look the same as one named before.
 */
export function checkNames(names: readonly OwnedName[]): readonly NameFinding[] {
  const shapes = new Map<string, OwnedName>();
  return names.flatMap((owned) => {
    const shape = shapeOf(owned.name);
    const earlier = shapes.get(shape);
    if (earlier === undefined) shapes.set(shape, owned);
    const alone = checkAlone(owned);
    return earlier === undefined ? alone : [...alone, collision(owned, earlier)];
  });
}

function checkAlone(owned: OwnedName): readonly NameFinding[] {
  const shown = JSON.stringify(visibleText(owned.name, SHOWN));
  if (hiddenCharacters(owned.name).length > 0 || /\s/u.test(owned.name)) {
    return [{ ...owned, kind: 'hidden', message: `The name ${shown} has characters that are not seen.` }];
  }
  if (mixesScripts(owned.name)) {
    return [{ ...owned, kind: 'mixed', message: `The name ${shown} mixes alphabets.` }];
  }
  if (!/^[A-Za-z0-9_.-]{1,128}$/.test(owned.name)) {
    return [{ ...owned, kind: 'odd', message: `The name ${shown} is not 1 to 128 of A-Z a-z 0-9 _ . -` }];
  }
  return [];
}

function collision(owned: OwnedName, earlier: OwnedName): NameFinding {
  const how = owned.name === earlier.name ? 'is the same as' : 'looks like';
  const other = `${JSON.stringify(visibleText(earlier.name, SHOWN))} of ${earlier.server}`;
  const message = `The name ${JSON.stringify(visibleText(owned.name, SHOWN))} ${how} ${other}.`;
  return { ...owned, kind: 'collision', message };
}
