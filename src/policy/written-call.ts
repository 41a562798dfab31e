import type { Target } from '../call/call.ts';
import { annotationsOf } from '../catalogue/annotations-of.ts';
import { type Catalogue, isUsable, type PinnedTool } from '../catalogue/catalogue.ts';
import type { Violation } from '../constraint/constraint.ts';
import { EMPTY_OBJECT, fromPlain, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { isHousekeeping } from './housekeeping.ts';
import type { WrittenCall } from './policy-file.ts';
import type { PolicyInput } from './policy-set.ts';
import { methodsOf } from './rule-places.ts';

/** A call that somebody wrote down, as the checks would see it. */
export interface ReadCall {
  readonly kind: 'call';
  readonly input: PolicyInput;
  /** What the pinned schema has against the arguments: such a call is refused before any rule is asked. */
  readonly violation: Violation | undefined;
}

/** Why a written call names no call that could be made. */
export interface NoCall {
  readonly kind: 'no-call';
  readonly message: string;
}

/** Reads a written call against the catalogue, filling in what it leaves out; `nowMs` when it does not say when. */
export function readWrittenCall(written: WrittenCall, catalogue: Catalogue, nowMs = 0): ReadCall | NoCall {
  const { server: name } = written;
  if (name === undefined) return { kind: 'no-call', message: 'it names no server.' };
  const server = catalogue.servers.get(name);
  if (server === undefined) return { kind: 'no-call', message: `no server is called ${JSON.stringify(name)}.` };
  const target = targetOf(written);
  if (target === undefined) return { kind: 'no-call', message: 'it names more than one of tool, prompt and resource.' };
  const method = written.method ?? METHODS[target.kind];
  const treatment = method === undefined ? undefined : methodsOf(server).get(method);
  if (method === undefined || treatment === undefined) return { kind: 'no-call', message: 'it names no known method.' };
  const tool = target.kind === 'tool' ? server.tools.get(target.name) : undefined;
  if (target.kind === 'tool' && tool === undefined) {
    return {
      kind: 'no-call',
      message: `no pinned tool of ${JSON.stringify(name)} is called ${JSON.stringify(target.name)}.`,
    };
  }
  const args = objectOf(written.args);
  const input: PolicyInput = {
    server: name,
    method,
    target,
    args,
    params: paramsOf(target, args),
    effects: tool?.effects ?? [],
    annotations: annotationsOf(tool),
    housekeeping: isHousekeeping(treatment),
    ...callerOf(written, nowMs),
  };
  return { kind: 'call', input, violation: tool === undefined ? undefined : violationOf(tool, args) };
}

/** Methods that a call has by its target; one without a target must name its method. */
const METHODS: Readonly<Record<Target['kind'], string | undefined>> = {
  tool: 'tools/call',
  prompt: 'prompts/get',
  resource: 'resources/read',
  task: undefined,
  none: undefined,
};

function targetOf({ tool, prompt, resource }: WrittenCall): Target | undefined {
  if ([tool, prompt, resource].filter((name) => name !== undefined).length > 1) return undefined;
  if (tool !== undefined) return { kind: 'tool', name: tool };
  if (prompt !== undefined) return { kind: 'prompt', name: prompt };
  return resource === undefined ? { kind: 'none' } : { kind: 'resource', uri: resource };
}

function paramsOf(target: Target, args: JsonObject): JsonObject {
  switch (target.kind) {
    case 'tool':
    case 'prompt':
      return new Map<string, JsonValue>([
        ['name', target.name],
        ['arguments', args],
      ]);
    case 'resource':
      return new Map([['uri', target.uri]]);
    case 'task':
    case 'none':
      return EMPTY_OBJECT;
  }
}

function callerOf({ principal = {}, token, tls, now, txn }: WrittenCall, nowMs: number) {
  return {
    principal: objectOf({ id: 'test', kind: 'token', ...principal }),
    token: token === undefined ? undefined : objectOf(token),
    tls: objectOf(tls),
    nowMs: now === undefined ? nowMs : Date.parse(now),
    txn,
  };
}

function violationOf(tool: PinnedTool, args: JsonObject): Violation | undefined {
  if (isUsable(tool)) return tool.validator.validate(args);
  return { pointer: '', message: 'cannot be checked: the tool is unusable', allowed: 'nothing' };
}

function objectOf(plain: unknown): JsonObject {
  const value = fromPlain(plain ?? {});
  return isJsonObject(value) ? value : EMPTY_OBJECT;
}
