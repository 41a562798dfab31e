import type { Target } from '../call/call.ts';
import { FieldClasses } from '../call/field-classes.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { classesOfTool } from '../catalogue/classes-of-tool.ts';
import { type ClassRule, stricterFields } from './class-rules.ts';

/** The classes of the arguments of a call; `undefined` when all of them are plain. */
export type ArgumentClasses = (server: string, target: Target) => FieldClasses | undefined;

/** Of a tool that nobody pinned nothing is known. */
const UNKNOWN = FieldClasses.of({ declared: [{ path: [], class: 'secret' }] });
/** No schema says what arguments prompts have. */
const UNDECLARED = [[]] as const;

/** What pins and rules say together. Everything that can be known before a call is computed here. */
export function argumentClassesOf({ servers }: Catalogue, rules: readonly ClassRule[]): ArgumentClasses {
  const known = new Map(
    [...servers].map(([server, { tools }]) => {
      const classes = [...tools.values()].map(({ name, definition, classes: written }) => {
        const stricter = stricterFields(rules, server, { kind: 'tool', name });
        return [name, classesOfTool(definition, written, stricter)] as const;
      });
      return [server, new Map(classes)] as const;
    }),
  );
  return (server, target) => {
    if (target.kind === 'prompt') {
      return FieldClasses.of({ stricter: stricterFields(rules, server, target), open: UNDECLARED });
    }
    if (target.kind !== 'tool') return undefined;
    const tools = known.get(server);
    const classes = tools?.get(target.name);
    return classes !== undefined || tools?.has(target.name) === true ? classes : UNKNOWN;
  };
}
