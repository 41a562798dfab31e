import { type AuditRecord, RECORD_TYPES } from '../../audit/record-shape.ts';
import { boundText } from '../../kit/bound-text.ts';
import { readablePrincipal } from '../readable-principal.ts';

/** Longest list of counts that is shown, characters. */
const MAX_COUNTS = 4000;

type Data = Readonly<Record<string, unknown>>;

const KINDS: ReadonlyMap<string, string> = new Map(Object.entries(RECORD_TYPES).map(([kind, type]) => [type, kind]));

/**
 * One line for a person: time, what, decision, and the few facts that matter. Everything in it may come from a hostile
 * caller, so each part is bounded and free of control characters.
 */
export function printLine(record: AuditRecord): string {
  const data: Data = typeof record.data === 'object' && record.data !== null ? { ...record.data } : {};
  const kind = KINDS.get(record.type) ?? text(record.type);
  const told = Object.hasOwn(LINES, kind) ? (LINES[kind]?.(data) ?? []) : [];
  const facts = told.filter((fact) => fact !== '');
  const decision = data['decision_id'] === undefined ? [] : [text(data['decision_id'])];
  return [text(record.time), kind.padEnd(8), ...decision, ...facts].join('  ');
}

const LINES: Readonly<Record<string, (data: Data) => readonly string[]>> = {
  intent: (data) => ['allow', subject(data), by(data), rules(data)],
  refusal: (data) => [
    text(data['verdict']),
    text(data['reason']),
    subject(data),
    by(data),
    named('rule', data['rule']),
    named('fallback', members(data['fallback'])['rule']),
  ],
  outcome: (data) => [
    text(data['kind']),
    named('status', data['http_status']),
    named('tool error', data['tool_error']),
    named('attempts', data['attempts']),
    named('fallback', members(data['fallback'])['rule']),
    `${text(data['duration_ms'])} ms`,
  ],
  passthrough: (data) => [text(data['http_method']), text(data['path']), by(data)],
  operator: (data) => [
    text(data['action']),
    ...['kind', 'name', 'server', 'tool'].map((member) => (data[member] === undefined ? '' : text(data[member]))),
    data['was'] === undefined ? '' : `${text(data['was'])} -> ${text(data['state'])}`,
    named('until', data['until']),
    text(data['why']),
  ],
  refusals: (data) => [`counted ${boundText(JSON.stringify(data['counts']) ?? '', MAX_COUNTS)}`],
  gap: (data) => [`lost ${boundText(JSON.stringify(data['lost']) ?? '', MAX_COUNTS)}`, text(data['why'])],
  recovery: (data) => [`${text(data['found'])}, ${text(data['did'])}`, text(data['segment'])],
};

function subject(data: Data): string {
  const target = members(data['target']);
  const method = text(methodOf(data));
  const name = target['name'] === undefined ? '' : ` ${text(target['name'])}`;
  return `${text(data['server'])} ${method}${name}`;
}

/** The MCP method; without one what was asked in HTTP: an event stream by GET, the end of a session by DELETE. */
function methodOf({ method, operation, http_method: httpMethod }: Data): unknown {
  return method === undefined || method === '' ? (operation ?? httpMethod) : method;
}

/** `issuer subject` for a token; the principal is one text for rules, not for eyes. */
function by(data: Data): string {
  const { issuer, subject: sub, actor, principal } = members(data['caller']);
  if (issuer === undefined || sub === undefined)
    return named('by', typeof principal === 'string' ? readablePrincipal(principal) : principal);
  const who = `by ${text(issuer)} ${text(sub)}`;
  return actor === undefined ? who : `${who} through ${text(actor)}`;
}

function rules(data: Data): string {
  return Array.isArray(data['rules']) && data['rules'].length > 0 ? `rules ${data['rules'].map(text).join(', ')}` : '';
}

function named(name: string, value: unknown): string {
  return value === undefined ? '' : `${name} ${text(value)}`;
}

function members(value: unknown): Data {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function text(value: unknown): string {
  return boundText(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''), 200);
}
