import { CLIENT_NOTIFICATIONS, HTTP_OPERATIONS, REQUEST_METHODS, type Treatment } from '../call/treatment.ts';
import type { CatalogueServer } from '../catalogue/catalogue.ts';
import { isNamed } from './name-pattern.ts';
import type { IndexKind, Place } from './rule-index.ts';
import type { RuleMatch } from './rule-match.ts';

/** Every method a rule can name, with how it is treated; a server's own allow-list comes on top. */
const KNOWN_METHODS: ReadonlyMap<string, Treatment> = new Map<string, Treatment>(
  Object.entries({ ...REQUEST_METHODS, ...CLIENT_NOTIFICATIONS, ...HTTP_OPERATIONS }),
);

/** What calls of a method act on. */
function kindsOfTreatment(treatment: Treatment): readonly IndexKind[] {
  switch (treatment) {
    case 'tool':
      return ['tool'];
    case 'prompt':
      return ['prompt'];
    case 'resource':
      return ['resource'];
    case 'completion':
      return ['prompt', 'resource'];
    case 'list':
    case 'task':
    case 'session':
    case 'notification':
    case 'response':
    case 'stream':
    case 'extension':
      return ['other'];
  }
}

/** What a rule can match on a server: kinds that neither its target, its effects nor its methods rule out. */
function kindsOf({ target, method, effects }: RuleMatch, server: CatalogueServer): ReadonlySet<IndexKind> {
  const all: readonly IndexKind[] = ['tool', 'prompt', 'resource', 'other'];
  const named = target === undefined ? (effects === undefined ? all : (['tool'] as const)) : [target.kind];
  if (method === undefined) return new Set(named);
  const byMethod = new Set<IndexKind>();
  for (const [name, treatment] of methodsOf(server)) {
    if (isNamed(method, name)) for (const kind of kindsOfTreatment(treatment)) byMethod.add(kind);
  }
  return new Set(named.filter((kind) => byMethod.has(kind)));
}

/** Methods that may pass to a server. */
export function methodsOf({ config }: CatalogueServer): ReadonlyMap<string, Treatment> {
  return new Map<string, Treatment>([
    ...KNOWN_METHODS,
    ...config.allowMethods.map((name) => [name, 'extension'] as const),
  ]);
}

/** Where a rule applies on a server. Empty when it matches nothing there. */
export function placesOf(match: RuleMatch, server: CatalogueServer): readonly Place[] {
  return [...kindsOf(match, server)].flatMap((kind): readonly Place[] => {
    if (kind === 'tool') return toolsOf(match, server).map((tool) => ({ kind, tool }));
    return [{ kind, names: kind === 'other' ? match.method : match.target?.names }];
  });
}

function toolsOf({ target, effects }: RuleMatch, { tools }: CatalogueServer): readonly string[] {
  const named = target === undefined ? [...tools.keys()] : namesOf(target.names, tools);
  if (effects === undefined) return named;
  return named.filter((name) => tools.get(name)?.effects.some((effect) => effects.has(effect)) === true);
}

function namesOf(
  pattern: NonNullable<RuleMatch['target']>['names'],
  tools: CatalogueServer['tools'],
): readonly string[] {
  // Most rules name their tools: then the size of the catalogue does not matter.
  if (pattern.prefixes.length === 0) return [...pattern.literals].filter((name) => tools.has(name));
  return [...tools.keys()].filter((name) => isNamed(pattern, name));
}
