import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { type Capability, NO_NAMES, NOTHING, type ToolGrant } from './capability.ts';
import { GrantError, pointerTo } from './grant-error.ts';
import { readMembers, readStrings } from './read-members.ts';
import { readToolGrant } from './read-tool-grant.ts';
import { readBudgets } from './token-budget.ts';
import { nameGrantOf, scopeCapability, type ScopeGrant } from './scope-grants.ts';
import { UnmergeableError, unionCapabilities } from './union-capabilities.ts';

/** `type` of our authorization details (RFC 9396 §2): collision-resistant, and versioned by its last segment. */
export const GRANT_TYPE = 'https://sallyport.dev/rar/tool-call/1';

const MEMBERS = ['type', 'locations', 'actions', 'tools', 'prompts', 'resources', 'budget', 'txn_budget'];
/** What each member of an entry needs among `actions`. `resources/read` covers subscribing to the resource, too. */
const ACTIONS = { tools: 'tools/call', prompts: 'prompts/get', resources: 'resources/read' } as const;
const MAX_ENTRIES = 16;

/**
 * What the claims grant on `resource`: the authorization details of our type that are located there.
 *
 * Several such entries count as their union, where each call is satisfied wholly by one (`unionCapabilities()`). Details
 * of other types and for other resources grant nothing here. Only a token without any detail of our type is read by its
 * scopes, so that a narrow grant cannot be widened by a coarse one beside it.
 *
 * @throws GrantError for an entry of our type that is not understood to the last member.
 */
export function readCapability(
  claims: JsonObject,
  resource: string,
  scopeGrants: ReadonlyMap<string, ScopeGrant> = new Map(),
): Capability {
  const details = ourDetails(claims);
  if (details.length === 0) return scopeCapability(claims.get('scope'), resource, scopeGrants);
  if (!claims.has('txn')) refuseTxnBudgets(details);
  const located = details.filter(({ detail, pointer }) => isLocatedAt(detail, resource, pointer));
  try {
    return located.map(({ detail, pointer }) => readDetail(detail, pointer)).reduce(unionCapabilities, NOTHING);
  } catch (cause) {
    if (!(cause instanceof UnmergeableError)) throw cause;
    throw new GrantError('/authorization_details', `the tool ${JSON.stringify(cause.tool)} ${cause.message}`);
  }
}

interface Located {
  readonly detail: JsonObject;
  readonly pointer: string;
}

function ourDetails(claims: JsonObject): readonly Located[] {
  const details = claims.has('authorization_details') ? claims.get('authorization_details') : [];
  if (!isJsonArray(details) || details.length > MAX_ENTRIES) {
    throw new GrantError('/authorization_details', `must be an array of at most ${MAX_ENTRIES} objects`);
  }
  const ours: Located[] = [];
  for (const [index, detail] of details.entries()) {
    const pointer = `/authorization_details/${index}`;
    if (!isJsonObject(detail) || typeof detail.get('type') !== 'string') {
      throw new GrantError(pointer, 'must be an object with a type');
    }
    if (detail.get('type') === GRANT_TYPE) ours.push({ detail: readMembers(detail, MEMBERS, pointer), pointer });
  }
  return ours;
}

function isLocatedAt(detail: JsonObject, resource: string, pointer: string): boolean {
  const locations = readStrings(detail.get('locations'), pointerTo(pointer, 'locations'));
  return locations.includes(resource);
}

function readDetail(detail: JsonObject, pointer: string): Capability {
  checkActions(detail, pointer);
  const budgets = readBudgets(detail, pointer);
  return {
    tools: detail.has('tools') ? readTools(detail.get('tools'), pointerTo(pointer, 'tools')) : new Map(),
    prompts: detail.has('prompts')
      ? nameGrantOf(readStrings(detail.get('prompts'), pointerTo(pointer, 'prompts')))
      : NO_NAMES,
    resources: detail.has('resources')
      ? nameGrantOf(readStrings(detail.get('resources'), pointerTo(pointer, 'resources')))
      : NO_NAMES,
    ...(budgets.length === 0 ? {} : { budgets }),
  };
}

/** A budget that nothing can be counted by must not look like one. */
function refuseTxnBudgets(details: readonly Located[]): void {
  for (const { detail, pointer } of details) {
    if (detail.has('txn_budget')) throw new GrantError(pointerTo(pointer, 'txn_budget'), 'needs the claim txn');
  }
}

/** `actions` and the members must say the same: `tools` stands there if and only if `tools/call` is an action, and so on. */
function checkActions(detail: JsonObject, pointer: string): void {
  const at = pointerTo(pointer, 'actions');
  const actions = readStrings(detail.get('actions'), at);
  const known: readonly string[] = Object.values(ACTIONS);
  for (const [index, action] of actions.entries()) {
    if (!known.includes(action)) throw new GrantError(pointerTo(at, index), `must be one of ${known.join(', ')}`);
  }
  for (const [member, action] of Object.entries(ACTIONS)) {
    if (detail.has(member) !== actions.includes(action)) {
      throw new GrantError(at, `must name ${action} exactly when the entry has ${member}`);
    }
  }
}

function readTools(value: JsonValue | undefined, pointer: string): ReadonlyMap<string, ToolGrant> {
  if (!isJsonObject(value)) throw new GrantError(pointer, 'must be an object of grants by tool name');
  return new Map([...value].map(([name, grant]) => [name, readToolGrant(grant, pointerTo(pointer, name))]));
}
