import type { Span } from '../call/call.ts';
import { type JsonLimits, parseJson } from '../call/parse-json.ts';
import type { ReasonCode } from '../call/reason.ts';
import { sha256Hex } from '../kit/digest.ts';
import { isJsonObject, type JsonObject } from '../kit/json.ts';
import { Lru } from '../kit/lru.ts';
import { pinOf } from './pin.ts';

/** What is known of a tool definition without keeping it. */
export interface KnownDefinition {
  readonly kind: 'definition';
  readonly name: string;
  readonly pin: string;
  /** Where `inputSchema` stands in the item's bytes. */
  readonly inputSchema: Span | undefined;
}

/** A tool definition as it was on the wire. */
export interface SeenDefinition extends KnownDefinition {
  readonly definition: JsonObject;
}

/** An item of a tool list that parsers read differently, or that is no tool. It is never listed and never pinned. */
export interface UnreadableDefinition {
  readonly kind: 'unreadable';
  readonly reason: ReasonCode;
  /** Byte in the item where reading stopped. */
  readonly offset: number;
}

export type ReadDefinition = SeenDefinition | UnreadableDefinition;

/** Longest name that can be pinned, UTF-16 code units. */
const MAX_NAME = 256;

/** What one definition may hold. */
export const DEFINITION_LIMITS: JsonLimits = { maxDepth: 64, maxMembers: 10_000, maxBytes: 1024 * 1024 };

/** Reads one item of a `tools/list` result from its text. Never throws. */
export function readDefinition(bytes: Uint8Array): ReadDefinition {
  const parsed = parseJson(bytes, DEFINITION_LIMITS);
  if (parsed.kind === 'refused') return { kind: 'unreadable', reason: parsed.reason, offset: parsed.offset };
  const definition = parsed.value;
  const name = isJsonObject(definition) ? definition.get('name') : undefined;
  if (!isJsonObject(definition) || typeof name !== 'string' || name.length > MAX_NAME)
    return { kind: 'unreadable', reason: 'rpc.params', offset: 0 };
  return { kind: 'definition', name, pin: pinOf(definition), definition, inputSchema: parsed.spanOf(['inputSchema']) };
}

/** An item of a tool list with its bytes. */
export interface ListedTool {
  readonly read: KnownDefinition | UnreadableDefinition;
  readonly bytes: Uint8Array;
}

/**
 * Reads the items of lists and remembers what it found: a server shows the same ones with every list. Equal bytes have
 * equal readings, so the memory cannot change an answer. It holds names and digests, never a definition.
 */
export class DefinitionReader {
  readonly #known: Lru<string, KnownDefinition | UnreadableDefinition>;

  /** Remembers at most `capacity` definitions, some 500 bytes each. */
  constructor(capacity = 4096) {
    this.#known = new Lru(capacity);
  }

  read(bytes: Uint8Array): ListedTool {
    const digest = sha256Hex(bytes);
    const known = this.#known.get(digest);
    if (known !== undefined) return { read: known, bytes };
    const read = withoutDefinition(readDefinition(bytes));
    this.#known.set(digest, read);
    return { read, bytes };
  }
}

function withoutDefinition(read: ReadDefinition): KnownDefinition | UnreadableDefinition {
  if (read.kind === 'unreadable') return read;
  const { kind, name, pin, inputSchema } = read;
  return { kind, name: detached(name), pin, inputSchema };
}

/** A copy that does not keep the text alive it was cut from. */
function detached(text: string): string {
  return Buffer.from(text).toString();
}
