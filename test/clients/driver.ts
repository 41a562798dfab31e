/** One thing that a client is told to do. Every driver does each in the way its SDK wants. */
export type Step =
  | { readonly do: 'greet' }
  | { readonly do: 'list'; readonly what: 'tools' | 'prompts' | 'resources' | 'templates' }
  | {
      readonly do: 'call';
      readonly tool: string;
      readonly args?: Readonly<Record<string, unknown>>;
      readonly progress?: true;
    }
  /** Calls and takes the call back at its first progress. */
  | { readonly do: 'cancel'; readonly tool: string; readonly args?: Readonly<Record<string, unknown>> }
  | { readonly do: 'read'; readonly uri: string }
  | { readonly do: 'prompt'; readonly name: string; readonly args?: Readonly<Record<string, string>> }
  | { readonly do: 'complete'; readonly prompt: string; readonly argument: string; readonly value: string }
  /** Listens for changed tool lists, has `trigger` cause one, and waits for it. */
  | { readonly do: 'hear'; readonly trigger: string }
  /** Ends the session: DELETE in the legacy era, nothing in the modern one. */
  | { readonly do: 'leave' };

/** How a step came out, as the SDK showed it to its user, in plain JSON. */
export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown; readonly progress?: readonly unknown[] }
  | {
      readonly kind: 'error';
      readonly name: string;
      readonly code?: unknown;
      readonly message: string;
      readonly data?: unknown;
    };

export type DriverName = 'ts-1 legacy' | 'ts-2 legacy' | 'ts-2 modern' | 'py legacy' | 'py modern';

/** An official client that does a list of steps one after the other. A step that fails does not stop the next. */
export interface ClientDriver {
  readonly name: DriverName;
  readonly era: 'legacy' | 'modern';
  /** `headers` go with every request: a credential, for one. */
  run(url: string, steps: readonly Step[], headers?: Readonly<Record<string, string>>): Promise<readonly Outcome[]>;
}

/** What every driver answers when the server asks back: the person accepts, the model says this, there is one root. */
export const ANSWERS = {
  form: {
    name: 'Ada',
    answer: 'yes',
    username: 'ada',
    email: 'ada@example.com',
    ok: true,
    color: 'blue',
    context: 'tests',
  },
  model: { role: 'assistant', content: { type: 'text', text: 'Paris' }, model: 'stub', stopReason: 'endTurn' },
  roots: [{ uri: 'file:///workspace', name: 'workspace' }],
} as const;
