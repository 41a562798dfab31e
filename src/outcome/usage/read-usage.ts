import type { TokenUsage } from '../../decision/token-usage.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { MOST_COST, type UsageFormat } from './usage-terms.ts';

/**
 * What a reply, or one event of it, says of the tokens that were used: of an Anthropic stream each event may say a part.
 *
 * OpenAI: `usage` of chat completions, embeddings and responses, or of `response` in an event. Anthropic: `usage` of a message,
 * of `message` in `message_start`, and of `message_delta`. A number that is none from 0 to 2^40 makes all of it unsaid.
 */
export function readUsage(reply: JsonValue, format: UsageFormat): Partial<TokenUsage> | undefined {
  if (!isJsonObject(reply)) return undefined;
  const usage = objectAt(reply, 'usage') ?? objectAt(objectAt(reply, ENVELOPE[format]), 'usage');
  if (usage === undefined) return undefined;
  return format === 'openai' ? openaiUsage(usage) : anthropicUsage(usage);
}

const ENVELOPE = { openai: 'response', anthropic: 'message' } as const;

function openaiUsage(usage: JsonObject): TokenUsage | undefined {
  const all = tokensAt(usage, 'prompt_tokens') ?? tokensAt(usage, 'input_tokens');
  const output = tokensAt(usage, 'completion_tokens') ?? tokensAt(usage, 'output_tokens') ?? 0;
  const details = objectAt(usage, 'prompt_tokens_details') ?? objectAt(usage, 'input_tokens_details');
  const cacheRead = tokensAt(details, 'cached_tokens') ?? 0;
  if (all === undefined || [all, output, cacheRead].includes(NaN) || cacheRead > all) return undefined;
  return { input: all - cacheRead, output, cacheRead, cacheWrite: 0 };
}

function anthropicUsage(usage: JsonObject): Partial<TokenUsage> | undefined {
  const said = {
    input: tokensAt(usage, 'input_tokens'),
    output: tokensAt(usage, 'output_tokens'),
    cacheRead: tokensAt(usage, 'cache_read_input_tokens'),
    cacheWrite: tokensAt(usage, 'cache_creation_input_tokens'),
  };
  const parts = Object.entries(said).filter(([, tokens]) => tokens !== undefined);
  return parts.some(([, tokens]) => Number.isNaN(tokens)) ? undefined : Object.fromEntries(parts);
}

/** `undefined`: it says nothing; `NaN`: nothing that is believed. */
function tokensAt(object: JsonObject | undefined, name: string): number | undefined {
  const tokens = object?.get(name);
  if (tokens === undefined || tokens === null) return undefined;
  return typeof tokens === 'number' && Number.isInteger(tokens) && tokens >= 0 && tokens <= MOST_COST ? tokens : NaN;
}

function objectAt(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = object?.get(name);
  return isJsonObject(value) ? value : undefined;
}
