import type { Call, Target } from '../../call/call.ts';
import { subscribedResources } from '../../call/subscribed-resources.ts';
import {
  type Capability,
  coversName,
  grantsAnything,
  type ToolGrant,
  toolGrantFor,
} from '../../capability/capability.ts';
import { type Deny, deny, type Found, found } from '../../decision/verdict.ts';
import { boundText } from '../../kit/bound-text.ts';
import { unreachable } from '../../kit/unreachable.ts';
import type { AuthenticatedIdentity, CoveringGrant } from '../facts.ts';

export interface CapabilityOptions {
  /** Whether the server asks for a grant; `none` only where its configuration says so. */
  readonly capabilityOf: (server: string) => 'token' | 'none' | undefined;
  /** Scopes of the caller's issuer that would cover what `covers` asks about, for the refusal's text. */
  readonly scopesFor?: (
    identity: AuthenticatedIdentity,
    covers: (capability: Capability) => boolean,
  ) => readonly string[];
}

/**
 * Check 4: the token's grant covers what is called, and its arguments.
 *
 * Tools, prompts and resources need a grant that names them, completion that of its reference. Lists are filtered by the
 * grant on their way back. A subscription needs a grant of each resource it names. The rest (session, notifications,
 * streams, tasks by their sealed ids, listed extensions) needs a token for this server and nothing more; rules can still
 * refuse it.
 */
export function checkGrant(
  call: Call,
  identity: AuthenticatedIdentity,
  options: CapabilityOptions,
): Found<CoveringGrant> {
  if (options.capabilityOf(call.server) === 'none') return found({ kind: 'none' });
  const { capability } = identity;
  if (capability === undefined) return deny('capability', 'grant.missing');
  switch (call.treatment) {
    case 'tool':
    case 'prompt':
    case 'resource':
    case 'completion':
      return checkTarget(call, capability, (covers) => options.scopesFor?.(identity, covers) ?? []);
    case 'list':
    case 'task':
    case 'session':
    case 'notification':
    case 'response':
    case 'extension':
      return found({ kind: 'token', capability });
    case 'stream':
      return checkSubscribed(call, capability);
    default:
      return unreachable(call.treatment);
  }
}

function checkTarget(
  call: Call,
  capability: Capability,
  scopesFor: (covers: (capability: Capability) => boolean) => readonly string[],
): Found<CoveringGrant> {
  if (!coversTarget(capability, call.target))
    return notCovered(
      capability,
      scopesFor((one) => coversTarget(one, call.target)),
    );
  if (call.target.kind !== 'tool') return found({ kind: 'token', capability });
  const tool = toolGrantFor(capability, call.target.name);
  if (tool === undefined) return deny('capability', 'grant.not-covered');
  return checkArguments(call, tool) ?? found({ kind: 'token', capability, tool });
}

/** A stream on which changes of resources are told needs a grant of each, as `resources/subscribe` does. */
function checkSubscribed(call: Call, capability: Capability): Found<CoveringGrant> {
  const isCovered = subscribedResources(call).every((uri) => coversName(capability.resources, uri));
  return isCovered ? found({ kind: 'token', capability }) : notCovered(capability, []);
}

function coversTarget(capability: Capability, target: Target): boolean {
  switch (target.kind) {
    case 'tool':
      return toolGrantFor(capability, target.name) !== undefined;
    case 'prompt':
      return coversName(capability.prompts, target.name);
    case 'resource':
      return coversName(capability.resources, target.uri);
    case 'task':
    case 'none':
      return false;
    default:
      return unreachable(target);
  }
}

function notCovered(capability: Capability, scopes: readonly string[]): Deny {
  const allowed =
    scopes.length === 0 ? {} : { allowed: `a token with one of the scopes ${scopes.slice(0, 8).join(' ')}` };
  return deny('capability', grantsAnything(capability) ? 'grant.not-covered' : 'grant.missing', allowed);
}

function checkArguments(call: Call, { arguments: constraints }: ToolGrant): Deny | undefined {
  const violation = constraints?.check(call.args);
  if (violation === undefined) return undefined;
  const { pointer, message, allowed } = violation;
  const subject = pointer === '' ? 'The arguments' : `The argument ${boundText(pointer, 256)}`;
  return deny('capability', 'grant.arguments', { argument: pointer, message: `${subject} ${message}.`, allowed });
}
