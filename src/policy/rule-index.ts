import type { Target } from '../call/call.ts';
import { couldName, isEverything, isNamed, type NamePattern } from './name-pattern.ts';
import type { ReachTarget } from './policy-set.ts';
import type { ScopedRule } from './rule.ts';

/** What rules are kept by. Tools are a finite set; of everything else the names come with the calls. */
export type IndexKind = 'tool' | 'prompt' | 'resource' | 'other';

/** Where a rule applies on one server. */
export type Place =
  | { readonly kind: 'tool'; readonly tool: string }
  /** `names` are prompts, URIs or, for `other`, methods; `undefined` is any. */
  | { readonly kind: 'prompt' | 'resource' | 'other'; readonly names: NamePattern | undefined };

interface Shelf {
  readonly exact: Map<string, ScopedRule[]>;
  readonly patterned: { readonly names: NamePattern | undefined; readonly scoped: ScopedRule }[];
}

interface ServerShelves {
  readonly tools: Map<string, ScopedRule[]>;
  readonly prompt: Shelf;
  readonly resource: Shelf;
  readonly other: Shelf;
}

/**
 * Rules by server, kind and name, so that a decision asks only rules that name its target.
 *
 * What a lookup costs depends on the rules that match, not on how many there are. Filled once, then only read.
 */
export class RuleIndex {
  readonly #servers = new Map<string, ServerShelves>();

  add(server: string, place: Place, scoped: ScopedRule): void {
    const shelves = this.#servers.get(server) ?? newShelves();
    this.#servers.set(server, shelves);
    if (place.kind === 'tool') append(shelves.tools, place.tool, scoped);
    else addTo(shelves[place.kind], place.names, scoped);
  }

  /** Rules that may match a call; method, caller and effects are still to be looked at. */
  find(server: string, target: Target, method: string): readonly ScopedRule[] {
    const shelves = this.#servers.get(server);
    if (shelves === undefined) return [];
    switch (target.kind) {
      case 'tool':
        return shelves.tools.get(target.name) ?? [];
      case 'prompt':
        return named(shelves.prompt, target.name);
      case 'resource':
        return named(shelves.resource, target.uri);
      case 'task':
      case 'none':
        return named(shelves.other, method);
    }
  }

  /** Rules that may match some call of a list's entry. */
  findEntry(server: string, target: ReachTarget): readonly ScopedRule[] {
    if (target.kind !== 'template') return this.find(server, target, '');
    const shelf = this.#servers.get(server)?.resource;
    if (shelf === undefined) return [];
    const start = target.template.split('{', 1)[0] ?? '';
    const literal = [...shelf.exact].filter(([uri]) => uri.startsWith(start)).flatMap(([, scoped]) => scoped);
    const patterned = shelf.patterned.filter(({ names }) => names === undefined || couldName(names, start));
    return [...new Set([...literal, ...patterned.map(({ scoped }) => scoped)])];
  }

  /** Whether some rule of the server treats resources differently by their URI. */
  tellsResourcesApart(server: string): boolean {
    const shelf = this.#servers.get(server)?.resource;
    if (shelf === undefined) return false;
    return shelf.exact.size > 0 || shelf.patterned.some(({ names }) => names !== undefined && !isEverything(names));
  }
}

function newShelves(): ServerShelves {
  return { tools: new Map(), prompt: newShelf(), resource: newShelf(), other: newShelf() };
}

function newShelf(): Shelf {
  return { exact: new Map(), patterned: [] };
}

function addTo(shelf: Shelf, names: NamePattern | undefined, scoped: ScopedRule): void {
  if (names === undefined || names.prefixes.length > 0) shelf.patterned.push({ names, scoped });
  else for (const name of names.literals) append(shelf.exact, name, scoped);
}

function append(rules: Map<string, ScopedRule[]>, name: string, scoped: ScopedRule): void {
  const known = rules.get(name);
  if (known === undefined) rules.set(name, [scoped]);
  else known.push(scoped);
}

function named({ exact, patterned }: Shelf, name: string): readonly ScopedRule[] {
  const literal = exact.get(name) ?? [];
  if (patterned.length === 0) return literal;
  const matching = patterned.filter(({ names }) => names === undefined || isNamed(names, name));
  return [...literal, ...matching.map(({ scoped }) => scoped)];
}
