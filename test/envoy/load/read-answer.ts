import type { RawAnswer } from '../../attacks/raw-connection.ts';
import type { LoadKind } from './load-message.ts';

/** What an answer to a call of the load is. */
export type Reading =
  /** The tool server's own answer to this very call. */
  | { readonly kind: 'completed' }
  /** A refusal that says so in the shape of JSON-RPC. `why`: the reason, or the code where no reason is given. */
  | { readonly kind: 'refused'; readonly status: number; readonly why: string }
  /** Anything else: no answer, half an answer, somebody else's. */
  | { readonly kind: 'wrong'; readonly what: string };

interface Message {
  readonly jsonrpc?: unknown;
  readonly id?: unknown;
  readonly result?: {
    readonly isError?: unknown;
    readonly content?: readonly { readonly text?: unknown }[];
    readonly tools?: readonly unknown[];
  };
  readonly error?: {
    readonly code?: unknown;
    readonly message?: unknown;
    readonly data?: { readonly reason?: unknown };
  };
}

/** Says what `answer` is to the call `id`. Total. */
export function readAnswer(answer: RawAnswer, kind: LoadKind, id: number): Reading {
  if (answer.kind !== 'reply') return { kind: 'wrong', what: answer.kind };
  const { status, body } = answer;
  const message = messageIn(body);
  if (message?.jsonrpc === '2.0') {
    if (status === 200 && message.id === id && isWanted(message, kind, id)) return { kind: 'completed' };
    const why = refusalIn(message, id);
    if (why !== undefined && answer.headers.get('content-type') === 'application/json') {
      return { kind: 'refused', status, why };
    }
  }
  return { kind: 'wrong', what: `${status} ${body.slice(0, 500)}` };
}

function messageIn(body: string): Message | undefined {
  try {
    return Object(JSON.parse(body)) as Message;
  } catch {
    return undefined;
  }
}

function isWanted({ result }: Message, kind: LoadKind, id: number): boolean {
  if (result === undefined || result.isError === true) return false;
  return kind === 'echo' ? result.content?.[0]?.text === `call ${id}` : (result.tools?.length ?? 0) > 0;
}

/** Who refuses without having read the request, as Envoy does, says no id. */
function refusalIn({ id, error, result }: Message, own: number): string | undefined {
  if (result?.isError === true && id === own) {
    return /Reason ([\w.-]+),/.exec(String(result.content?.[0]?.text))?.[1];
  }
  if (error === undefined || (id !== own && id !== undefined)) return undefined;
  const { code, message, data } = error;
  if (!Number.isInteger(code) || typeof message !== 'string') return undefined;
  return typeof data?.reason === 'string' ? data.reason : String(code);
}
