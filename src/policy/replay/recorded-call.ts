import type { JsonObject, JsonValue } from '../../kit/json.ts';
import type { Target } from '../../call/call.ts';

/** A decision of the rules as the record keeps it: what a replay starts from. */
export interface RecordedCall {
  readonly decisionId: string;
  readonly server: string;
  /** As rules see it: the MCP method, or the name of the HTTP operation. */
  readonly method: string;
  readonly target: Target;
  readonly effects: readonly string[];
  /** Pin of the called tool when it was called. */
  readonly pin: string | undefined;
  /** Needs no allow rule. */
  readonly housekeeping: boolean;
  readonly args: RecordedArguments;
  /** `id`, `kind` and, where known, `issuer, subject, actor, client_id, spiffe`. */
  readonly principal: JsonObject;
  readonly tls: JsonObject;
  /** Whether the caller had a token, whose claims are not recorded. */
  readonly hadToken: boolean;
  readonly txn: string | undefined;
  /** When it came, milliseconds since the epoch. */
  readonly atMs: number;
  /** What the rules said then. */
  readonly said: RuleVerdict;
}

/** What is known of the arguments of a recorded call. */
export interface RecordedArguments {
  /** Names of all of them; `undefined` when they were not recorded. */
  readonly names: ReadonlySet<string> | undefined;
  /** Values of the paths that rules read, by JSON Pointer. */
  readonly values: ReadonlyMap<string, JsonValue>;
}

/** What rules together can say of a call. */
export type RuleVerdict = 'allow' | 'deny' | 'error';
