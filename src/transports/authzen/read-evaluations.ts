import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';

/** One thing that is asked (AuthZEN §6.1), as far as it counts here. */
export interface Evaluation {
  readonly subject: { readonly type: string; readonly id: string };
  readonly action: string;
  readonly resource: { readonly type: string; readonly id: string };
  /** `resource.properties.server`: the catalogued server that the resource belongs to. */
  readonly server: string;
  /** `context.arguments`; `undefined` when there are none. */
  readonly args: JsonObject | undefined;
}

/** When a row of evaluations ends (AuthZEN §7.1.2.1). */
export const SEMANTICS = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const;
export type Semantic = (typeof SEMANTICS)[number];

/** What one request asks. */
export type Evaluations =
  | { readonly kind: 'one'; readonly evaluation: Evaluation }
  | { readonly kind: 'several'; readonly evaluations: readonly Evaluation[]; readonly semantic: Semantic };

/** Not a request of this API; `message` is for whoever sent it and repeats nothing of it. */
export interface BadRequest {
  readonly kind: 'bad';
  readonly message: string;
}

/** Reads the body of an Access Evaluation request (AuthZEN §6.1). Unknown members are ignored, as it demands. */
export function readEvaluation(body: JsonValue): Evaluations | BadRequest {
  const evaluation = isJsonObject(body) ? readOne(body, '') : bad('the body must be an object');
  return 'kind' in evaluation ? evaluation : { kind: 'one', evaluation };
}

/** Reads the body of an Access Evaluations request (AuthZEN §7.1): members of the body stand in for absent ones of an item. */
export function readEvaluations(body: JsonValue, max: number): Evaluations | BadRequest {
  if (!isJsonObject(body)) return bad('the body must be an object');
  const items = body.get('evaluations') ?? [];
  if (!isJsonArray(items)) return bad('evaluations must be an array');
  // Without any it is a request of the other kind (AuthZEN §7.1).
  if (items.length === 0) return readEvaluation(body);
  if (items.length > max) return bad(`there may be ${max} evaluations at once`);
  const semantic = semanticOf(body.get('options'));
  if (semantic === undefined) return bad(`options.evaluations_semantic must be one of ${SEMANTICS.join(', ')}`);
  const evaluations: Evaluation[] = [];
  for (const [index, item] of items.entries()) {
    const evaluation = isJsonObject(item) ? readOne(new Map([...body, ...item]), `evaluations[${index}]: `) : undefined;
    if (evaluation === undefined) return bad(`evaluations[${index}] must be an object`);
    if ('kind' in evaluation) return evaluation;
    evaluations.push(evaluation);
  }
  return { kind: 'several', evaluations, semantic };
}

function semanticOf(options: JsonValue | undefined): Semantic | undefined {
  if (options === undefined) return 'execute_all';
  const asked = isJsonObject(options) ? (options.get('evaluations_semantic') ?? 'execute_all') : undefined;
  return SEMANTICS.find((semantic) => semantic === asked);
}

function readOne(item: JsonObject, where: string): Evaluation | BadRequest {
  const subject = typeAndId(item.get('subject'));
  if (subject === undefined) return bad(`${where}subject must have type and id, both strings`);
  const resource = typeAndId(item.get('resource'));
  if (resource === undefined) return bad(`${where}resource must have type and id, both strings`);
  const action = textAt(item.get('action'), 'name');
  if (action === undefined) return bad(`${where}action must have a name, a string`);
  const server = textAt(memberOf(item.get('resource'), 'properties'), 'server');
  if (server === undefined) return bad(`${where}resource.properties.server must name a server`);
  const context = item.get('context') ?? new Map<string, JsonValue>();
  if (!isJsonObject(context)) return bad(`${where}context must be an object`);
  const args = context.get('arguments');
  if (args !== undefined && !isJsonObject(args)) return bad(`${where}context.arguments must be an object`);
  return { subject, action, resource, server, args };
}

function typeAndId(entity: JsonValue | undefined): { type: string; id: string } | undefined {
  const [type, id] = [textAt(entity, 'type'), textAt(entity, 'id')];
  return type === undefined || id === undefined ? undefined : { type, id };
}

function textAt(entity: JsonValue | undefined, name: string): string | undefined {
  const value = memberOf(entity, name);
  return typeof value === 'string' ? value : undefined;
}

function memberOf(entity: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(entity) ? entity.get(name) : undefined;
}

function bad(message: string): BadRequest {
  return { kind: 'bad', message };
}
