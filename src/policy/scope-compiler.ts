import { type CatalogueServer, isUsable, type PinnedTool } from '../catalogue/catalogue.ts';
import { celTypeOfSchema } from '../constraint/cel/type-of-schema.ts';
import { EMPTY_OBJECT, isJsonObject } from '../kit/json.ts';
import { checkArguments } from './check-arguments.ts';
import { compileCondition, type NamedScope } from './compile-condition.ts';
import type { Condition } from './condition.ts';
import { NO_ARGUMENTS, PROMPT_ARGUMENTS } from './environment.ts';
import type { Findings } from './findings.ts';
import type { Rule } from './rule.ts';
import type { IndexKind, Place } from './rule-index.ts';
import { placesOf } from './rule-places.ts';
import type { Sets } from './sets.ts';

/** Where a rule applies, with its condition for that place. */
interface Scoped {
  readonly place: Place;
  readonly condition: Condition;
}

/** Compiles the conditions of one rule for every place it applies to; the same condition once. */
export class ScopeCompiler {
  readonly #rule: Rule;
  readonly #sets: Sets;
  readonly #findings: Findings;
  readonly #known = new Map<string, Condition | undefined>();
  readonly #readsArguments: boolean;

  constructor(rule: Rule, sets: Sets, findings: Findings) {
    this.#rule = rule;
    this.#sets = sets;
    this.#findings = findings;
    const { when = '', let: lets = {} } = rule.written;
    this.#readsArguments = /\b(?:args|params)\b/.test([when, ...Object.values(lets)].join('\n'));
  }

  /** Every place of the rule on a server, without those it cannot be compiled for: they are errors in the findings. */
  scopesOn(server: CatalogueServer): readonly Scoped[] {
    const places = placesOf(this.#rule.match, server);
    this.#refuseArgumentsElsewhere(places);
    return places.flatMap((place) => {
      const condition = place.kind === 'tool' ? this.#forTool(server, place.tool) : this.#forKind(place.kind);
      return condition === undefined ? [] : [{ place, condition }];
    });
  }

  /** `args` says something only of tools and prompts. */
  #refuseArgumentsElsewhere(places: readonly Place[]): void {
    const { written, source, path } = this.#rule;
    if (written.args === undefined) return;
    if (!places.some(({ kind }) => kind === 'resource' || kind === 'other')) return;
    const message = 'it also matches calls that have no arguments.';
    this.#findings.errorAtKey(source, [...path, 'args'], message, 'Add tool or prompt to match.');
  }

  #forTool(server: CatalogueServer, name: string): Condition | undefined {
    const tool = server.tools.get(name);
    if (tool === undefined) return undefined;
    const says = `tool ${JSON.stringify(name)} of ${JSON.stringify(server.name)}`;
    if (!isUsable(tool)) {
      const { source, path } = this.#rule;
      const why = 'unusable' in tool.validator ? tool.validator.unusable : '';
      this.#findings.warning(source, [...path, 'match'], `${says} is refused whatever rules say. ${why}`);
      return undefined;
    }
    return this.#compileOnce(this.#readsArguments || this.#rule.args !== undefined ? tool.pin : 'tool', () => {
      const inputSchema = schemaOf(tool);
      const type = celTypeOfSchema(inputSchema);
      checkArguments(this.#rule, { says, inputSchema, type }, this.#findings);
      return { kind: 'tool', args: type, says };
    });
  }

  #forKind(kind: Exclude<IndexKind, 'tool'>): Condition | undefined {
    return this.#compileOnce(kind, () => {
      const advice =
        this.#rule.match.target === undefined ? { advice: 'Add tool to match if only tools are meant.' } : {};
      if (kind === 'prompt') return { kind, args: PROMPT_ARGUMENTS, says: 'prompts', ...advice };
      if (kind === 'resource') return { kind, args: NO_ARGUMENTS, says: 'resources', ...advice };
      return { kind: 'none', args: NO_ARGUMENTS, says: 'calls without a target', ...advice };
    });
  }

  #compileOnce(key: string, scope: () => NamedScope): Condition | undefined {
    if (this.#known.has(key)) return this.#known.get(key);
    const condition = compileCondition(this.#rule, scope(), this.#sets, this.#findings);
    this.#known.set(key, condition);
    return condition;
  }
}

function schemaOf({ definition }: PinnedTool) {
  const schema = definition.get('inputSchema');
  return isJsonObject(schema) ? schema : EMPTY_OBJECT;
}
