import { createHash, randomFillSync } from 'node:crypto';
import type { PayloadNote, PayloadNotes } from '../audit/payload-note.ts';
import type { Call } from '../call/call.ts';
import { printJson } from '../call/edit-body.ts';
import { parseJson } from '../call/parse-json.ts';
import type { Facts, Identity } from '../decision/facts.ts';
import type { Outcome } from '../decision/record.ts';
import { isJsonObject } from '../kit/json.ts';
import { Lru } from '../kit/lru.ts';
import type { ReplyJudge } from '../outcome/reply-judge.ts';
import type { PayloadVaultConfig } from './config.ts';
import { type KeepRule, keepRules } from './keep-rules.ts';
import type { KeptPayload } from './kept-payload.ts';
import type { Subject } from './key-table.ts';
import { OMITTED, type OmittedPath, omitValues } from './omit-values.ts';
import { OpenReply } from './open-reply.ts';
import type { VaultThread } from './vault-thread.ts';

export interface PayloadVaultOptions {
  readonly config: Pick<PayloadVaultConfig, 'keep' | 'max_payload_bytes'>;
  readonly thread: Pick<VaultThread, 'reserve' | 'release' | 'post' | 'lose'>;
  /** Told what was thrown: nothing is kept of that payload. Must not throw. */
  readonly onFault: (decisionId: string, cause: unknown) => void;
}

type Named = Pick<KeptPayload, 'decisionId' | 'server' | 'tool' | 'issuer' | 'subject'>;

/** A call of which something is kept, until it is over. */
interface OpenCall extends Named {
  readonly rule: KeepRule;
  reply: OpenReply | undefined;
  replyOmits: boolean;
}

/** Calls whose replies may still come. Those beyond are taken for calls whose replies are not seen. */
const MAX_OPEN_CALLS = 50_000;
/** What of a reply is read to leave parts of it out: no more than what may be kept. */
const REPLY_LIMITS = { maxDepth: 64, maxMembers: 200_000 };
const NOTHING = new Uint8Array();
const REFUSED: PayloadNote = { bytes: 0, kept: 'no' };

/** Keeps the arguments and replies of calls, encrypted, in another thread; never makes a call wait, nor fail. */
export class PayloadVault implements PayloadNotes {
  readonly #options: PayloadVaultOptions;
  readonly #ruleOf: (call: Call) => KeepRule | undefined;
  readonly #open = new Lru<string, OpenCall>(MAX_OPEN_CALLS);

  constructor(options: PayloadVaultOptions) {
    this.#options = options;
    this.#ruleOf = keepRules(options.config.keep);
  }

  argumentsOf(facts: Facts): PayloadNote | undefined {
    const { call, identity } = facts;
    const rule = this.#ruleOf(call);
    if (rule === undefined || call.target.kind !== 'tool') return undefined;
    const named = { decisionId: call.decisionId, server: call.server, tool: call.target.name, ...subjectOf(identity) };
    return this.#guarded(call.decisionId, () => {
      this.#open.set(call.decisionId, { ...named, rule, reply: undefined, replyOmits: false });
      return this.#keepArguments(call, named, rule);
    });
  }

  /** The same judge; what it passes on of the reply to a call of which something is kept, is kept too. */
  listening(judge: ReplyJudge, { call }: Pick<Facts, 'call'>): ReplyJudge {
    const open = this.#open.peek(call.decisionId);
    if (open === undefined) return judge;
    return {
      get seen() {
        return judge.seen;
      },
      judge: (message) => {
        const judged = judge.judge(message);
        const passed = judged.kind === 'pass' ? message : judged.kind === 'replace' ? judged.bytes : NOTHING;
        if (passed.length > 0) this.#guarded(call.decisionId, () => this.#hear(open, passed));
        return judged;
      },
    };
  }

  replyOf({ decisionId, kind }: Outcome): PayloadNote | undefined {
    const open = this.#open.peek(decisionId);
    if (open === undefined) return undefined;
    this.#open.delete(decisionId);
    const isOver = kind === 'answered' || kind === 'unknown';
    if (open.reply === undefined) return isOver ? { bytes: 0, kept: 'unseen' } : undefined;
    const { reply } = open;
    return this.#guarded(decisionId, () => this.#keepReply(open, reply));
  }

  #keepArguments(call: Call, named: Named, rule: KeepRule): PayloadNote {
    // Secrets are never kept, whatever the configuration says.
    const args = omitValues(call.classes?.withoutSecrets(call.args, OMITTED) ?? call.args, rule.omit);
    const omitted = args !== call.args;
    const span = omitted ? undefined : call.spanOf(['params', 'arguments']);
    const bytes = span === undefined ? Buffer.from(printJson(args)) : call.body.subarray(span.start, span.end);
    const salt = newSalt();
    const commitment = createHash('sha256').update(salt).update(bytes).digest('hex');
    const kept = bytes.length > this.#options.config.max_payload_bytes ? 'too_long' : 'whole';
    // A copy: the body is the received one, and what is handed over is taken away from here.
    const copy = kept === 'whole' ? new Uint8Array(bytes) : NOTHING.slice();
    return this.#post(
      { ...named, kind: 'arguments', salt, bytes: copy, totalBytes: bytes.length, kept, omitted },
      commitment,
    );
  }

  #hear(open: OpenCall, message: Uint8Array): void {
    const { config, thread } = this.#options;
    open.reply ??= new OpenReply(newSalt(), config.max_payload_bytes, thread);
    const shown = withoutOmitted(message, open.rule.omitReply);
    if (shown !== message) open.replyOmits = true;
    open.reply.add(shown);
  }

  #keepReply(open: OpenCall, reply: OpenReply): PayloadNote {
    const { decisionId, server, tool, issuer, subject } = open;
    const { kept, salt } = reply;
    const { bytes, commitment } = reply.end();
    if (kept === 'no') {
      this.#options.thread.lose('reply');
      return { bytes: reply.bytes, kept };
    }
    const named = { decisionId, server, tool, issuer, subject };
    const payload = {
      ...named,
      kind: 'reply',
      salt,
      bytes,
      totalBytes: reply.bytes,
      kept,
      omitted: open.replyOmits,
    } as const;
    return this.#post(payload, commitment);
  }

  #post(payload: KeptPayload, commitment: string): PayloadNote {
    const { thread } = this.#options;
    const { totalBytes, kept } = payload;
    if (thread.post(payload)) return { bytes: totalBytes, commitment, kept };
    thread.lose(payload.kind);
    return { bytes: totalBytes, kept: 'no' };
  }

  #guarded<T>(decisionId: string, work: () => T): T | typeof REFUSED {
    try {
      return work();
    } catch (cause) {
      this.#options.onFault(decisionId, cause);
      return REFUSED;
    }
  }
}

/** The person or workload that a call is of: not the agent that acts for it. */
export function subjectOf({ issuer, subject, spiffeId }: Identity): Subject {
  return { issuer: issuer ?? '', subject: subject ?? spiffeId ?? 'anonymous' };
}

function newSalt(): Uint8Array {
  return randomFillSync(new Uint8Array(32));
}

/** A message whose result has parts that are not kept, without them. One that cannot be read is not kept at all. */
function withoutOmitted(message: Uint8Array, paths: readonly OmittedPath[]): Uint8Array {
  if (paths.length === 0) return message;
  const parsed = parseJson(message, { ...REPLY_LIMITS, maxBytes: message.length });
  if (parsed.kind === 'refused' || !isJsonObject(parsed.value)) return Buffer.from('null');
  const { value } = parsed;
  const shown = omitValues(
    value,
    paths.map((path) => ['result', ...path]),
  );
  return shown === value ? message : Buffer.from(printJson(shown));
}
