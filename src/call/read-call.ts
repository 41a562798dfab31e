import { EMPTY_OBJECT } from '../kit/json.ts';
import type { Call, Era, RequestId, Target } from './call.ts';
import { checkBodyHeaders } from './check-body-headers.ts';
import { type Classified, classify } from './classify.ts';
import { checkVersion, claimedEra, eraOf } from './detect-era.ts';
import type { FieldClasses } from './field-classes.ts';
import type { HeaderParams } from './header-agreement.ts';
import { type CallFacts, makeCall } from './make-call.ts';
import type { LargeBodyParser, ParseFailure } from './parser-pool.ts';
import { checkParams } from './params-shape.ts';
import { type JsonLimits, type JsonRefusal, parseJson, type ParsedJson } from './parse-json.ts';
import { readExchange } from './read-exchange.ts';
import { type HeaderFacts, readHeaders } from './read-headers.ts';
import { type Message, readMessage } from './read-message.ts';
import { type Aim, readTarget } from './read-target.ts';
import type { Received } from './received.ts';
import { refused, type Refused } from './refused.ts';
import { modernFamily } from './rev-2026-07-28/family.ts';
import { legacyFamily } from './rev-legacy/family.ts';
import type { ReadRevision, RevisionFamily } from './revision-family.ts';

/** What reading must know of the catalogued server that the exchange is for. */
export interface ServerTraits {
  /** Methods and notifications beyond the treated ones that may pass. */
  readonly allowMethods: ReadonlySet<string>;
  readonly eras: Era | 'both';
  /**
   * The `mcp-param-*` fields (lower-case names) that the pinned schema of `tool` declares, each with the dotted path of
   * the argument it repeats; `undefined` when the tool is not pinned, and then no such field may be there.
   */
  headerParams(tool: string): HeaderParams | undefined;
  readonly limits: JsonLimits;
  /** What may become of the arguments of a call of `target`. Absent: all are plain. */
  readonly classesOf?: (target: Target) => FieldClasses | undefined;
}

/** One unambiguous call, or why there is none. */
export type ReadCall = { readonly kind: 'call'; readonly call: Call } | RefusedCall;

/** Nothing that may be passed on. */
export interface RefusedCall extends Refused {
  /** The id of the request, when it was clear: the answer repeats it. */
  readonly id?: RequestId;
  /** The era that the answer is shaped for: what the message claims, legacy when it claims nothing. */
  readonly era: Era;
}

/**
 * Reads one exchange as the call that every conforming MCP server would see in it, or refuses it (DESIGN §4).
 *
 * Total: nothing is thrown, and every refusal has a reason. Origin, Host and Authorization are for later checks.
 */
export function readCall(received: Received, traits: ServerTraits): ReadCall {
  const opened = openExchange(received, traits);
  if (opened.kind !== 'body') return opened;
  return readBody(opened, parseJson(opened.body, traits.limits), traits);
}

/** Bodies beyond this many bytes are not parsed on the event loop (DESIGN §12). */
const INLINE_BYTES = 256 * 1024;

/**
 * `readCall()` that leaves bodies beyond `INLINE_BYTES` to `parser`. Never rejects; when the parser fails, the refusal
 * says why.
 */
export async function readCallAsync(
  received: Received,
  traits: ServerTraits,
  parser: LargeBodyParser,
): Promise<ReadCall> {
  const opened = openExchange(received, traits);
  if (opened.kind !== 'body') return opened;
  const large = opened.body.length > INLINE_BYTES;
  const parsed = large ? await parser.parse(opened.body, traits.limits) : parseJson(opened.body, traits.limits);
  return readBody(opened, parsed, traits);
}

/** A POST whose headers are in order: its body is to be parsed. */
interface OpenedBody {
  readonly kind: 'body';
  readonly received: Received;
  readonly headers: HeaderFacts;
  readonly body: Uint8Array;
}

/** Everything before the body: the header block, the HTTP method, the size. */
function openExchange(received: Received, traits: ServerTraits): OpenedBody | ReadCall {
  const headers = readHeaders(received.headers);
  if (headers.kind === 'refused') return { ...headers, era: 'legacy' };
  const opened =
    received.httpMethod === 'POST' ? openBody(received, headers, traits) : readExchange(received, headers, traits.eras);
  return opened.kind === 'refused' ? { ...opened, era: claimedEra(headers) } : opened;
}

function openBody(received: Received, headers: HeaderFacts, { limits }: ServerTraits): OpenedBody | Refused {
  const { body } = received;
  if (body === undefined || body.length === 0) return refused('body.missing');
  if (body.length > limits.maxBytes) return refused('body.too-large');
  return checkBodyHeaders(headers, body) ?? { kind: 'body', received, headers, body };
}

/** Everything after parsing: the message, its era, its target, its headers. */
function readBody(opened: OpenedBody, parsed: ParsedJson | JsonRefusal | ParseFailure, traits: ServerTraits): ReadCall {
  const { headers } = opened;
  if (parsed.kind === 'failed') return { ...refused(parsed.reason), era: claimedEra(headers) };
  if (parsed.kind === 'refused')
    return { ...refused(parsed.reason, `byte ${parsed.offset}`), era: claimedEra(headers) };
  const message = readMessage(parsed, opened.body);
  if (message.kind === 'refused') return { ...message, era: claimedEra(headers) };
  const era = eraOf(headers, message.params);
  const read = readInEra(opened, parsed, message, era === 'modern' ? modernFamily : legacyFamily, traits);
  if (read.kind === 'call') return read;
  return message.kind === 'request' ? { ...read, id: message.id, era } : { ...read, era };
}

/** The steps that depend on the revision family: version, treatment, target, mirrored headers. */
function readInEra(
  { received, headers }: OpenedBody,
  parsed: ParsedJson,
  message: Message,
  family: RevisionFamily,
  traits: ServerTraits,
): { readonly kind: 'call'; readonly call: Call } | Refused {
  const unserved = checkVersion(headers, message.params) ?? checkEra(family.era, traits.eras);
  if (unserved !== undefined) return unserved;
  const known = classify(message, family, traits.allowMethods);
  if (known.kind === 'refused') return known;
  const flaw = checkParams(message.params, known.treatment);
  if (flaw !== undefined) return flaw;
  const revision = family.readMessage(message, headers);
  if (revision.kind === 'refused') return revision;
  const aim = readTarget(known.operation, message.params);
  if (aim.kind === 'refused') return aim;
  const declared = aim.target.kind === 'tool' ? traits.headerParams(aim.target.name) : undefined;
  const contradiction = family.checkHeaders({ headers, message, aim, declared });
  if (contradiction !== undefined) return contradiction;
  const facts = callFacts(message, family.era, revision, known, aim, traits.classesOf?.(aim.target));
  return { kind: 'call', call: makeCall(received, facts, (path) => parsed.spanOf(path)) };
}

function checkEra(era: Era, served: Era | 'both'): Refused | undefined {
  return served === 'both' || served === era ? undefined : refused('mcp.version');
}

function callFacts(
  message: Message,
  era: Era,
  { revision }: ReadRevision,
  { operation, treatment }: Classified,
  { target, args }: Aim,
  classes: FieldClasses | undefined,
): CallFacts {
  const { kind, method = '', id, params } = message;
  const result = message.kind === 'response' ? message.result : EMPTY_OBJECT;
  return { era, revision, kind, operation, treatment, method, id, target, params, args, classes, result };
}
