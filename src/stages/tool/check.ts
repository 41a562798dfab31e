import type { Call } from '../../call/call.ts';
import type { ReasonCode } from '../../call/reason.ts';
import { type Catalogue, isUsable, type PinnedTool } from '../../catalogue/catalogue.ts';
import type { Quarantine } from '../../catalogue/quarantine.ts';
import { visibleText } from '../../catalogue/visible-text.ts';
import { type Deny, deny, type Found, found, type RefusalDetail } from '../../decision/verdict.ts';
import type { CheckedTarget, CoveringGrant } from '../facts.ts';

export interface ToolCheckOptions {
  /** The catalogue now: it changes with a reload. */
  readonly catalogue: () => Catalogue;
  readonly quarantine: Quarantine;
}

/**
 * Check 5: the pinned definition of the called tool, and that the arguments fit it.
 *
 * Arguments are judged by the *pinned* `inputSchema` in a closed world, whatever the server listed since. A tool that is
 * unknown, changed, or cannot be enforced is refused. Other calls have no pinned definition.
 */
export function checkTarget(call: Call, grant: CoveringGrant, options: ToolCheckOptions): Found<CheckedTarget> {
  if (call.target.kind !== 'tool') return found({ kind: 'not-a-tool' });
  const tool = options.catalogue().servers.get(call.server)?.tools.get(call.target.name);
  if (tool === undefined) return refuse('tool.unknown');
  if (options.quarantine.has(call.server, tool)) return refuse('tool.quarantined');
  if (!isUsable(tool)) return refuse('tool.unusable', {}, 'unusable' in tool.validator ? tool.validator.unusable : '');
  return checkGrantedTool(tool, grant) ?? checkArguments(call, tool) ?? found(targetOf(tool));
}

/** The grant was given for one definition, and for some effects: it says so, or it covers all. */
function checkGrantedTool(tool: PinnedTool, { tool: granted }: CoveringGrant): Deny | undefined {
  if (granted?.schemaSha256 !== undefined && granted.schemaSha256 !== tool.pin) return refuse('grant.schema-changed');
  const beyond = tool.effects.find((effect) => granted?.effects !== undefined && !granted.effects.includes(effect));
  if (beyond === undefined) return undefined;
  return refuse('grant.not-covered', { message: `The token does not grant tools with the effect ${beyond}.` });
}

function checkArguments(call: Call, tool: PinnedTool & { validator: { validate: unknown } }): Deny | undefined {
  if (!isUsable(tool)) return refuse('tool.unusable');
  const violation = tool.validator.validate(call.args);
  if (violation === undefined) return undefined;
  const { pointer, message, allowed } = violation;
  return refuse('tool.arguments', { argument: pointer, message: `${visibleText(pointer, 256)} ${message}.`, allowed });
}

function targetOf(tool: PinnedTool): CheckedTarget {
  const { name, pin, effects, idempotent, durability } = tool;
  return { kind: 'tool', name, pin, effects, idempotent, durability, tool };
}

function refuse(reason: ReasonCode, detail: RefusalDetail = {}, operatorDetail?: string): Deny {
  return deny('tool', reason, detail, operatorDetail);
}
