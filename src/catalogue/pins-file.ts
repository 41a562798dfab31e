import { z } from 'zod';
import { type JsonLimits, type ParsedJson, parseJson } from '../call/parse-json.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, toPlain } from '../kit/json.ts';
import { FIELD_CLASSES } from '../call/field-classes.ts';
import { type Problem, ProblemsError } from '../kit/problem.ts';
import { DURABILITIES, EFFECTS, RISKS } from './catalogue.ts';
import { unknownFields } from './classes-of-tool.ts';
import { pinOf } from './pin.ts';
import type { PinnedToolInput } from './pinned-tool.ts';
import { toolNameOf } from './tool-name.ts';
import { visibleText } from './visible-text.ts';

/** The place of an argument. */
export const fieldPointer = z
  .string()
  .max(512)
  .regex(/^(\/([^~/]|~[01])*)+$/, 'Must be a JSON Pointer, such as /email');

const pinSchema = z.strictObject({
  pin: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'Must be a SHA-256 in lower-case hex')
    .describe('SHA-256 over RFC 8785 of `definition`.'),
  risk: z.enum(RISKS).describe('How much a wrong call could cost.'),
  effects: z.array(z.enum(EFFECTS)).min(1).describe('What a call can do.'),
  idempotent: z.boolean().describe('Whether the same call twice has the effect of once.'),
  durability: z
    .enum(DURABILITIES)
    .default('bounded')
    .describe(
      'How safe the record is before a call passes. strict: the intent is on the disk. bounded: it is written, and on the disk within audit.bounded_ms. best_effort: the call does not wait for it, and passes also while the record cannot be written.',
    ),
  patterns: z
    .record(z.string(), z.string())
    .optional()
    .describe('RE2 replacements for patterns of the input schema that RE2 cannot compile: pattern → replacement.'),
  classes: z
    .record(fieldPointer, z.enum(FIELD_CLASSES))
    .optional()
    .describe(
      'What may become of arguments, by JSON Pointer, in which * is every member or item. secret: the value is in no record, log or refusal, nor any digest of it. pii: a pseudonym stands for it. plain: recorded where rules read it. Default: secret by format: password, writeOnly or a name such as api_key, else plain.',
    ),
  definition: z
    .looseObject({ name: z.string().min(1).max(256) })
    .describe('The accepted definition, whole, as the server sent it.'),
});

/** A pins file: the accepted tool definitions of one server. */
export const pinsSchema = z.strictObject({
  apiVersion: z.literal('sallyport/v1'),
  kind: z.literal('Pins'),
  server: z.string().min(1).describe('Name of the server in the `servers` section.'),
  tools: z.array(pinSchema).max(4096),
});

/** What a pins file may hold. */
const PINS_LIMITS: JsonLimits = { maxDepth: 72, maxMembers: 2_000_000, maxBytes: 64 * 1024 * 1024 };

/**
 * Reads the accepted definitions of `server` from the bytes of `file`, and computes each pin anew.
 *
 * @throws ProblemsError when it is not strict JSON of the right shape, names another server, names a tool twice, or a
 *   definition does not have the pin written beside it.
 */
export function readPins(file: string, bytes: Uint8Array, server: string): readonly PinnedToolInput[] {
  const { tools, edited, problems } = read(file, bytes, server);
  const all = [...problems, ...edited.values()];
  if (all.length > 0) throw new ProblemsError(all);
  return tools;
}

/** A pins file as it stands, for the commands that can put it right. */
export interface EditedPins {
  readonly tools: readonly PinnedToolInput[];
  /** Tools whose definition does not have the pin written beside it, by name. */
  readonly edited: ReadonlyMap<string, Problem>;
}

/**
 * Reads the pins of `server` also when an entry was edited: the way out of that is to accept the tool again.
 *
 * @throws ProblemsError as `readPins()`, but not for a pin that does not fit its definition.
 */
export function readEditedPins(file: string, bytes: Uint8Array, server: string): EditedPins {
  const { problems, ...pins } = read(file, bytes, server);
  if (problems.length > 0) throw new ProblemsError(problems);
  return pins;
}

function read(file: string, bytes: Uint8Array, server: string): EditedPins & { readonly problems: readonly Problem[] } {
  const parsed = parseJson(bytes, PINS_LIMITS);
  if (parsed.kind === 'refused') {
    const problem = problemIn(file, bytes, parsed.offset, '', `this is not strict JSON (${parsed.reason}).`);
    throw new ProblemsError([problem]);
  }
  const report: Report = (path, message, suggestion) =>
    problemIn(file, bytes, parsed.spanOf(path)?.start ?? 0, path.join('.'), message, suggestion);
  const tools = toolsIn(parsed, report);
  const problems = [...wrongServer(parsed.value, server, report), ...twins(tools, report), ...strays(tools, report)];
  return { tools, edited: wrongPins(tools, report), problems };
}

type Report = (path: readonly (string | number)[], message: string, suggestion?: string) => Problem;

function toolsIn(parsed: ParsedJson, report: Report): readonly PinnedToolInput[] {
  const shape = pinsSchema.safeParse(toPlain(parsed.value));
  if (!shape.success) {
    throw new ProblemsError(
      shape.error.issues.map(({ path, message }) => {
        const steps = path.map((step) => (typeof step === 'symbol' ? String(step) : step));
        return report(steps, `${message}.`);
      }),
    );
  }
  const definitions = definitionsIn(parsed.value);
  return shape.data.tools.map((entry, index) => inputOf(entry, definitions[index] ?? new Map()));
}

function inputOf(entry: z.output<typeof pinSchema>, definition: JsonObject): PinnedToolInput {
  const { pin, risk, effects, idempotent, durability, patterns, classes } = entry;
  const replacements = patterns === undefined ? {} : { patterns: new Map(Object.entries(patterns)) };
  const classed = classes === undefined ? {} : { classes: new Map(Object.entries(classes)) };
  return { pin, risk, effects, idempotent, durability, definition, ...replacements, ...classed };
}

/** The definitions as `Map`s: what zod returns is a plain copy. */
function definitionsIn(document: JsonValue): readonly JsonObject[] {
  const tools = isJsonObject(document) ? document.get('tools') : undefined;
  if (!isJsonArray(tools)) return [];
  return tools.map((tool) => {
    const definition = isJsonObject(tool) ? tool.get('definition') : undefined;
    return isJsonObject(definition) ? definition : new Map();
  });
}

function wrongServer(document: JsonValue, server: string, report: Report): readonly Problem[] {
  if (isJsonObject(document) && document.get('server') === server) return [];
  return [report(['server'], `these are the pins of another server, not of "${server}".`)];
}

function wrongPins(tools: readonly PinnedToolInput[], report: Report): ReadonlyMap<string, Problem> {
  const wrong = new Map<string, Problem>();
  for (const [index, { pin, definition }] of tools.entries()) {
    if (pinOf(definition) === pin) continue;
    const name = visibleText(toolNameOf(definition), 128);
    const message = `the definition of "${name}" does not have this pin: one of the two was edited.`;
    wrong.set(toolNameOf(definition), report(['tools', index, 'pin'], message, WAY_OUT));
  }
  return wrong;
}

const WAY_OUT =
  'Undo the edit, or take what the server shows now: sallyport catalogue diff, then sallyport catalogue accept.';

function twins(tools: readonly PinnedToolInput[], report: Report): readonly Problem[] {
  const seen = new Set<JsonValue | undefined>();
  return tools.flatMap(({ definition }, index) => {
    const name = definition.get('name');
    if (seen.has(name)) return [report(['tools', index], 'this tool is pinned twice.')];
    seen.add(name);
    return [];
  });
}

/** A class of an argument that is not there protects nothing. */
function strays(tools: readonly PinnedToolInput[], report: Report): readonly Problem[] {
  return tools.flatMap(({ definition, classes = new Map() }, index) =>
    unknownFields(definition, classes.keys()).map(({ pointer, suggestion }) =>
      report(
        ['tools', index, 'classes', pointer],
        'the tool has no such argument.',
        suggestion === undefined ? undefined : `Did you mean ${JSON.stringify(suggestion)}?`,
      ),
    ),
  );
}

function problemIn(
  file: string,
  bytes: Uint8Array,
  offset: number,
  field: string,
  message: string,
  suggestion?: string,
): Problem {
  const before = Buffer.from(bytes.subarray(0, offset)).toString('utf8').split('\n');
  const position = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  return { file, ...position, field, message, ...(suggestion === undefined ? {} : { suggestion }), severity: 'error' };
}

/** The text of a pins file, for a person to read and for `readPins()` to read back to the same pins in the same order. */
export function writePins(server: string, tools: readonly PinnedToolInput[]): string {
  const entries = tools.map(({ pin, risk, effects, idempotent, durability, patterns, classes, definition }) => ({
    pin,
    risk,
    effects,
    idempotent,
    ...(durability === 'bounded' ? {} : { durability }),
    ...(patterns === undefined ? {} : { patterns: Object.fromEntries(patterns) }),
    ...(classes === undefined || classes.size === 0 ? {} : { classes: Object.fromEntries(classes) }),
    definition: toPlain(definition),
  }));
  return `${JSON.stringify({ apiVersion: 'sallyport/v1', kind: 'Pins', server, tools: entries }, null, 2)}\n`;
}
