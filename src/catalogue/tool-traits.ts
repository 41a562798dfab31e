import { isJsonObject, type JsonObject } from '../kit/json.ts';
import type { Effect, Risk } from './catalogue.ts';
import type { ToolTraits } from './pinned-tool.ts';
import { guessClasses } from './guess-classes.ts';
import { toolNameOf } from './tool-name.ts';

/** Names that run something whatever the hints say. */
const RUNS =
  /(^|[^a-z])(exec|execute|eval|shell|bash|powershell|command|cmd|run|script|spawn|python|sql|query)([^a-z]|$)/i;

/**
 * A first guess at what a tool can do, for an operator to correct.
 *
 * Annotations are the server's own words about itself, so only `readOnlyHint: true` lowers the guess, and nothing lowers
 * it for a tool whose name says that it runs something.
 */
export function guessTraits(definition: JsonObject): ToolTraits {
  const hints = definition.get('annotations');
  const hint = (name: string): unknown => (isJsonObject(hints) ? hints.get(name) : undefined);
  const runs = RUNS.test(words(toolNameOf(definition)));
  const readOnly = hint('readOnlyHint') === true;
  const effects: Effect[] = readOnly ? ['read'] : ['write'];
  if (hint('openWorldHint') === true) effects.push('network');
  if (runs) effects.push('execute');
  if (!readOnly && hint('destructiveHint') !== false) effects.push('destructive');
  const risk: Risk = runs || effects.includes('destructive') ? 'high' : readOnly ? 'low' : 'medium';
  const idempotent = !runs && (readOnly || hint('idempotentHint') === true);
  const classes = guessClasses(definition);
  return { risk, effects, idempotent, durability: 'bounded', ...(classes.size === 0 ? {} : { classes }) };
}

/** `runQuery` → `run Query`. */
function words(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2');
}
