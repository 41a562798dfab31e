import { isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { TwinDetector } from './case-twin.ts';
import { CLIENT_CAPABILITIES, PROTOCOL_VERSION, RELATED_TASK } from './meta-keys.ts';
import { isRequestId } from './request-id.ts';
import { refused, type Refused } from './refused.ts';
import type { Treatment } from './treatment.ts';

/** The type of a member, where a message has it. */
type Shape = 'object' | 'string' | 'number' | 'id';

/** Members of `params` that MCP defines, over all methods and revisions: each has one type wherever it stands. */
const MEMBERS: Readonly<Record<string, Shape>> = {
  _meta: 'object',
  argument: 'object',
  arguments: 'object',
  capabilities: 'object',
  clientInfo: 'object',
  context: 'object',
  cursor: 'string',
  inputResponses: 'object',
  level: 'string',
  message: 'string',
  name: 'string',
  notifications: 'object',
  progress: 'number',
  progressToken: 'id',
  protocolVersion: 'string',
  reason: 'string',
  ref: 'object',
  requestId: 'id',
  requestState: 'string',
  task: 'object',
  taskId: 'string',
  total: 'number',
  uri: 'string',
};

/** Names that have a meaning deeper inside: in `_meta`, `ref`, `argument` and the capabilities. */
const INNER_NAMES = [
  'baggage',
  'elicitation',
  'experimental',
  'extensions',
  CLIENT_CAPABILITIES,
  'io.modelcontextprotocol/clientInfo',
  'io.modelcontextprotocol/logLevel',
  PROTOCOL_VERSION,
  RELATED_TASK,
  'io.modelcontextprotocol/tasks',
  'resourceSubscriptions',
  'roots',
  'sampling',
  'taskIds',
  'tasks',
  'traceparent',
  'tracestate',
  'ttl',
  'type',
  'value',
  'version',
];

/** Members whose own members are protocol names again. What is in `arguments` belongs to the tool. */
const CONTAINERS: ReadonlySet<string> = new Set([
  '_meta',
  'argument',
  'capabilities',
  'clientInfo',
  'context',
  'extensions',
  CLIENT_CAPABILITIES,
  RELATED_TASK,
  'notifications',
  'ref',
  'task',
]);

const TWINS = new TwinDetector([...Object.keys(MEMBERS), ...INNER_NAMES]);

/**
 * Looks at the members of `params` that MCP defines: of the right type, and none that differs from a protocol name only
 * by case. Members that MCP does not define pass; the parameters of an extension are of its own types but for `_meta`.
 */
export function checkParams(params: JsonObject, treatment: Treatment): Refused | undefined {
  for (const [name, value] of params) {
    const shape =
      Object.hasOwn(MEMBERS, name) && (treatment !== 'extension' || name === '_meta') ? MEMBERS[name] : undefined;
    if (shape !== undefined && !hasShape(value, shape)) return refused('rpc.params', `params.${name}`);
  }
  return hasTwin(params) ? refused('json.case-twin') : undefined;
}

/** Whether a protocol name stands in `object`, or in a container inside it, in another case. */
export function hasTwin(object: JsonObject): boolean {
  for (const [key, value] of object) {
    if (TWINS.isTwin(key)) return true;
    if (CONTAINERS.has(key) && isJsonObject(value) && hasTwin(value)) return true;
  }
  return false;
}

function hasShape(value: JsonValue, shape: Shape): boolean {
  switch (shape) {
    case 'object':
      return isJsonObject(value);
    case 'id':
      return isRequestId(value);
    default:
      return typeof value === shape;
  }
}
