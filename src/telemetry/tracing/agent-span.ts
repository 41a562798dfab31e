import { ATTRIBUTE, INVOKE_AGENT, OWN_ATTRIBUTE } from './attribute-names.ts';
import type { FinishedSpan } from './finished-span.ts';
import { type AttributeNaming, named } from './span-attributes.ts';

/**
 * The spans of a call below one for the agent that made it, where the agent tells nothing of a trace of its own.
 *
 * All that is known of its work is who it is and this call: the span is as long as that, says that it is inferred, and its name
 * holds no name, for ids of agents come from tokens.
 */
export function agentSpan(
  [call, ...others]: readonly FinishedSpan[],
  agent: string,
  { names, newSpanId }: { readonly names: AttributeNaming; readonly newSpanId: () => string },
): readonly FinishedSpan[] {
  if (call === undefined) return others;
  const span: FinishedSpan = {
    ...call,
    name: INVOKE_AGENT,
    kind: 'internal',
    spanId: newSpanId(),
    failed: false,
    attributes: named(
      [
        [ATTRIBUTE.operation, INVOKE_AGENT],
        [ATTRIBUTE.agentId, agent],
        [OWN_ATTRIBUTE.inferred, true],
      ],
      names,
    ),
    links: [],
    events: [],
  };
  return [span, { ...call, parent: span, parentIsRemote: false }, ...others];
}
