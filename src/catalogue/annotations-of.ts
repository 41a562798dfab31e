import { EMPTY_OBJECT, isJsonObject, type JsonObject } from '../kit/json.ts';
import type { PinnedTool } from './catalogue.ts';

/** The pinned `annotations` of a tool, as rules read them: empty when it has none, and for what is not a tool. */
export function annotationsOf(tool: PinnedTool | undefined): JsonObject {
  const annotations = tool?.definition.get('annotations');
  return isJsonObject(annotations) ? annotations : EMPTY_OBJECT;
}
