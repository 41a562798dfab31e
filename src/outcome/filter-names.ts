import { TwinDetector } from '../call/case-twin.ts';
import type { Replacement } from '../call/replace-spans.ts';
import type { ScannedValue } from '../call/scan-json.ts';
import { type Capability, coversName, type NameGrant } from '../capability/capability.ts';
import { EMPTY_OBJECT } from '../kit/json.ts';
import type { ReachTarget } from '../policy/policy-set.ts';
import { keepEach } from './keep-each.ts';
import { type ReplyFault, textAt } from './read-reply.ts';
import type { ReplyContext } from './reply-context.ts';

/** A list whose items are known by one member. */
interface NamedList {
  /** The member that names an item. */
  readonly key: string;
  readonly covered: (capability: Capability, name: string) => boolean;
  readonly target: (name: string) => ReachTarget;
}

/** The lists besides that of tools, by the member of the result that holds them. */
export const NAMED_LISTS: ReadonlyMap<string, NamedList> = new Map<string, NamedList>([
  [
    'prompts',
    {
      key: 'name',
      covered: ({ prompts }, name) => coversName(prompts, name),
      target: (name) => ({ kind: 'prompt', name }),
    },
  ],
  [
    'resources',
    {
      key: 'uri',
      covered: ({ resources }, uri) => coversName(resources, uri),
      target: (uri) => ({ kind: 'resource', uri }),
    },
  ],
  [
    'resourceTemplates',
    {
      key: 'uriTemplate',
      covered: ({ resources }, template) => coversSome(resources, template),
      target: (template) => ({ kind: 'template', template }),
    },
  ],
]);

/**
 * The edit that leaves in a list of prompts, resources or templates what the grant covers and the rules could allow. The
 * kept items keep their bytes.
 */
export function filterNames(
  bytes: Uint8Array,
  list: ScannedValue,
  named: NamedList,
  context: ReplyContext,
): Replacement | undefined | ReplyFault {
  const twins = new TwinDetector([named.key]);
  return keepEach(bytes, list, (item, text) => {
    const name = nameOf(bytes, item, named.key, twins);
    return name !== undefined && isReachable(name, named, context) ? text : undefined;
  });
}

/** The item's name; `undefined` when it has none that everybody reads the same way. */
function nameOf(bytes: Uint8Array, { members }: ScannedValue, key: string, twins: TwinDetector): string | undefined {
  const value = members?.get(key);
  const hasTwin = members?.keys().some((name) => twins.isTwin(name)) === true;
  return value === undefined || hasTwin ? undefined : textAt(bytes, value);
}

function isReachable(name: string, named: NamedList, { facts, caller, policies, server }: ReplyContext): boolean {
  const { capability } = facts.grant;
  if (capability !== undefined && !named.covered(capability, name)) return false;
  const target = named.target(name);
  const reach = policies.reach({ ...caller, server: server.name, target, effects: [], annotations: EMPTY_OBJECT });
  return reach.kind === 'possible';
}

/** Whether the template could stand for a granted URI: its text up to the first expression is all that is compared. */
function coversSome(grant: NameGrant, template: string): boolean {
  const brace = template.indexOf('{');
  const literal = brace === -1 ? template : template.slice(0, brace);
  return grant.all || [...grant.names].some((uri) => uri.startsWith(literal));
}
