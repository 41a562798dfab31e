import { type Replacement, replaceSpans } from '../call/replace-spans.ts';
import type { ScannedValue } from '../call/scan-json.ts';
import { toolGrantFor } from '../capability/capability.ts';
import { annotationsOf } from '../catalogue/annotations-of.ts';
import type { PinnedTool } from '../catalogue/catalogue.ts';
import type { ListedTool } from '../catalogue/read-definition.ts';
import { canonicalJson } from '../kit/canonical-json.ts';
import { isJsonObject, type JsonObject, toPlain } from '../kit/json.ts';
import { chooseTools } from './choose-tools.ts';
import { keepItems } from './keep-items.ts';
import { ITEM_MEMBERS, listItems } from './list-items.ts';
import type { ReplyFault } from './read-reply.ts';
import type { ReplyContext } from './reply-context.ts';

/**
 * The edits that leave in a tool list what this caller could ever call, each with the arguments he could ever pass
 * (DESIGN §6).
 *
 * A tool is hidden when nobody may call it (unknown, changed, not enforceable), when the grant does not cover it, or when
 * the rules can never allow it. Of a listed definition only `inputSchema` changes, and only where it is narrowed; all other
 * bytes stay. Every item that could be listed is compared with its pin on the way.
 */
export function filterTools(
  bytes: Uint8Array,
  list: ScannedValue,
  context: ReplyContext,
): Replacement | undefined | ReplyFault {
  const items = listItems(bytes, list, ITEM_MEMBERS);
  if (typeof items === 'string') return items;
  const texts = items.map(({ start, end }) => bytes.subarray(start, end));
  const chosen = chooseTools(bytes, items, context);
  if (typeof chosen === 'string') return chosen;
  const listed = chosen.map((item) => context.definitions.read(texts[item] ?? bytes));
  const audience = { server: context.server, principal: context.facts.identity.principal };
  const sightings = context.observer.observe(listed, audience);
  const shown = new Map(
    listed.map((item, index) => {
      const sighting = sightings[index];
      return [item.bytes, sighting?.kind === 'callable' ? listedTool(item, sighting.tool, context) : undefined];
    }),
  );
  return keepItems(
    list,
    texts,
    texts.map((text) => shown.get(text)),
  );
}

/** The text under which the caller sees the tool; `undefined` when he does not. */
function listedTool({ read, bytes }: ListedTool, tool: PinnedTool, context: ReplyContext): Uint8Array | undefined {
  const narrow = narrowingFor(tool, context);
  const schema = tool.definition.get('inputSchema');
  if (narrow === undefined || !isJsonObject(schema) || !('inputSchema' in read) || read.inputSchema === undefined) {
    return undefined;
  }
  const narrowed = narrow(schema);
  if (narrowed === schema || canonicalJson(narrowed) === canonicalJson(schema)) return bytes;
  return replaceSpans(bytes, [{ span: read.inputSchema, text: JSON.stringify(toPlain(narrowed)) }]);
}

type Narrowing = (inputSchema: JsonObject) => JsonObject;

/** How the caller's grant and the rules narrow the tool's arguments; `undefined` when no call of it can be allowed. */
function narrowingFor(tool: PinnedTool, { facts, caller, policies, server }: ReplyContext): Narrowing | undefined {
  const { capability } = facts.grant;
  const grant = capability === undefined ? undefined : toolGrantFor(capability, tool.name);
  if (capability !== undefined && grant === undefined) return undefined;
  if (grant?.schemaSha256 !== undefined && grant.schemaSha256 !== tool.pin) return undefined;
  if (tool.effects.some((effect) => grant?.effects?.includes(effect) === false)) return undefined;
  const target = { kind: 'tool' as const, name: tool.name };
  const annotations = annotationsOf(tool);
  const reach = policies.reach({ ...caller, server: server.name, target, effects: tool.effects, annotations });
  if (reach.kind === 'never') return undefined;
  return (schema) => reach.narrow(grant?.arguments?.narrow(schema) ?? schema);
}
