import type { Call } from '../call/call.ts';
import type { Capability, ToolGrant } from '../capability/capability.ts';
import type { CatalogueServer } from '../catalogue/catalogue.ts';
import { deleteAll, pinned, readFile, serverWith } from '../catalogue/catalogue.fixture.ts';
import { memoryQuarantine } from '../catalogue/memory-quarantine.fixture.ts';
import { ListObserver, type ToolReport } from '../catalogue/observe-list.ts';
import { Quarantine } from '../catalogue/quarantine.ts';
import { DefinitionReader } from '../catalogue/read-definition.ts';
import { facts } from '../decision/facts.fixture.ts';
import type { PolicySet, Reach, ReachInput } from '../policy/policy-set.ts';
import { ephemeralKeyRing } from '../sealing/key-ring.fixture.ts';
import { sealPurpose, statePurpose } from '../sealing/purpose.ts';
import { createSealer, type Opened } from '../sealing/seal.ts';
import { createReplyJudge, type Judged, type ReplyFacts, type ReplyJudge, type ReplyJudgeDeps } from './reply-judge.ts';
import { TaskNames } from './task-names.ts';

export const writeFile = {
  name: 'write_file',
  inputSchema: {
    type: 'object',
    properties: { path: { type: 'string' }, text: { type: 'string' } },
    required: ['path'],
  },
};

/** A server with three tools, one of them unusable. */
export const files: CatalogueServer = serverWith([
  pinned(readFile),
  pinned(writeFile),
  pinned(deleteAll),
  pinned({ name: 'broken' }),
]);

export interface Bench {
  readonly deps: ReplyJudgeDeps;
  readonly quarantine: Quarantine;
  readonly reports: ToolReport[];
  readonly faults: unknown[];
  readonly judgeFor: (call: Partial<Call>, more?: Partial<ReplyFacts>) => ReplyJudge;
  /** What a sealed task id opens to for `principal`. */
  readonly opened: (principal: string, sealed: string) => string;
  /** What a sealed request state opens to for `principal` in a retry of the fixture's call, changed as given. */
  readonly openedState: (principal: string, sealed: string, call?: Partial<Call>) => string;
}

export interface BenchOptions {
  readonly reach?: (input: ReachInput) => Reach;
  readonly server?: CatalogueServer;
}

/** Everything a judge needs, in memory; the rules allow everything unless `reach` says otherwise. */
export function bench({ reach = () => possible, server = files }: BenchOptions = {}): Bench {
  const quarantine = new Quarantine(memoryQuarantine());
  const reports: ToolReport[] = [];
  const faults: unknown[] = [];
  const sealer = createSealer(ephemeralKeyRing(() => 0));
  const policies: PolicySet = {
    digest: '',
    warnings: [],
    decide: () => notAsked(),
    reach,
    priorities: () => notAsked(),
  };
  const deps: ReplyJudgeDeps = {
    rules: (name) => (name === server.name ? { server, policies } : undefined),
    callerOf: ({ identity }) => ({
      token: undefined,
      principal: new Map([['id', identity.principal]]),
      tls: new Map(),
    }),
    observer: new ListObserver({ quarantine, report: (report) => void reports.push(report), nowMs: () => 0 }),
    definitions: new DefinitionReader(),
    sealer,
    tasks: new TaskNames(),
    onFault: (_decisionId, cause) => void faults.push(cause),
  };
  return {
    deps,
    quarantine,
    reports,
    faults,
    judgeFor: (call, more = {}) => createReplyJudge(factsFor(call, more), deps),
    opened: (principal, sealed) => textOf(sealer.open(sealPurpose('task', server.name), principal, sealed)),
    openedState: (principal, sealed, call = {}) =>
      textOf(sealer.open(statePurpose({ ...facts.call, ...call }), principal, sealed)),
  };
}

function textOf(opened: Opened): string {
  return opened.kind === 'opened' ? opened.value : opened.kind;
}

/** The facts of an allowed call by alice, whose server asks no grant. */
export function factsFor(call: Partial<Call>, more: Partial<ReplyFacts> = {}): ReplyFacts {
  const identity = { kind: 'token' as const, principal: 'alice' };
  return { ...facts, identity, ...more, call: { ...facts.call, ...call } };
}

/** A grant of these tools, and of nothing else. */
export function grantOf(tools: Record<string, ToolGrant>, names: Partial<Capability> = {}): Pick<ReplyFacts, 'grant'> {
  const none = { all: false, names: new Set<string>() };
  const capability = { tools: new Map(Object.entries(tools)), prompts: none, resources: none, ...names };
  return { grant: { kind: 'token', capability } };
}

export const possible: Reach = { kind: 'possible', narrow: (schema) => schema };
export const never: Reach = { kind: 'never', because: 'no allow rule' };

/** What goes out for a message, as text. */
export function sent(judge: ReplyJudge, message: string | object): string {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  return sentText(judge.judge(Buffer.from(text)), text);
}

function sentText(judged: Judged, text: string): string {
  if (judged.kind === 'reject') return `reject ${judged.reason}`;
  if (judged.kind === 'drop') return 'drop';
  return judged.kind === 'pass' ? text : Buffer.from(judged.bytes).toString('utf8');
}

function notAsked(): never {
  throw new Error('a reply judge asks for reach, not for decisions');
}
