import { type JsonLimits, parseJson } from '../call/parse-json.ts';
import type { ReasonCode } from '../call/reason.ts';
import { sha256Hex } from '../kit/digest.ts';
import { isJsonObject, type JsonObject } from '../kit/json.ts';
import { Lru } from '../kit/lru.ts';
import { pinOf } from './pin.ts';
import type { ByteSpan } from './scan-json.ts';

/** A tool definition as it was on the wire. */
export interface SeenDefinition {
  readonly kind: 'definition';
  readonly name: string;
  readonly pin: string;
  readonly definition: JsonObject;
  /** Where `inputSchema` stands in the item's bytes. */
  readonly inputSchema: ByteSpan | undefined;
}

/** An item of a tool list that parsers read differently, or that is no tool. It is never listed and never pinned. */
export interface UnreadableDefinition {
  readonly kind: 'unreadable';
  readonly reason: ReasonCode;
  /** Byte in the item where reading stopped. */
  readonly offset: number;
}

export type ReadDefinition = SeenDefinition | UnreadableDefinition;

/** What one definition may hold. */
export const DEFINITION_LIMITS: JsonLimits = { maxDepth: 64, maxMembers: 10_000, maxBytes: 1024 * 1024 };

/** Reads one item of a `tools/list` result from its text. Never throws. */
export function readDefinition(bytes: Uint8Array): ReadDefinition {
  const parsed = parseJson(bytes, DEFINITION_LIMITS);
  if (parsed.kind === 'refused') return { kind: 'unreadable', reason: parsed.reason, offset: parsed.offset };
  const definition = parsed.value;
  const name = isJsonObject(definition) ? definition.get('name') : undefined;
  if (!isJsonObject(definition) || typeof name !== 'string')
    return { kind: 'unreadable', reason: 'rpc.params', offset: 0 };
  return { kind: 'definition', name, pin: pinOf(definition), definition, inputSchema: parsed.spanOf(['inputSchema']) };
}

/**
 * Reads definitions and remembers the ones it read last: a server shows the same ones with every list. Equal bytes have
 * equal readings, so the memory cannot change an answer.
 */
export class DefinitionReader {
  readonly #known: Lru<string, ReadDefinition>;

  /** Remembers at most `capacity` definitions. */
  constructor(capacity = 1024) {
    this.#known = new Lru(capacity);
  }

  read(bytes: Uint8Array): ReadDefinition {
    if (bytes.length > REMEMBERED_BYTES) return readDefinition(bytes);
    const digest = sha256Hex(bytes);
    const known = this.#known.get(digest);
    if (known !== undefined) return known;
    const read = readDefinition(bytes);
    this.#known.set(digest, read);
    return read;
  }
}

/** Longer definitions are read anew each time, so that a server cannot make the memory large. */
const REMEMBERED_BYTES = 32 * 1024;
