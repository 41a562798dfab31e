import { type CheckVerdict, metadataText, verdictOf } from './check-answer.ts';
import type { GrpcConnection } from './grpc-connection.ts';
import type { LogStream } from './log-stream.ts';
import { BLANK, type Recorded, runOf, Template } from './recorded.ts';
import { CHECK, PROCESS } from './services.ts';
import { bodyOf, type Workload } from './workload.ts';

/** What answers are held against. */
export interface Expected {
  readonly verdict: CheckVerdict;
  /** Whether the service names each decision, so that the access log can name it too. */
  readonly named: boolean;
  /** Whether Envoy's access log goes to it. */
  readonly logs: boolean;
}

export interface ExchangeOptions {
  readonly recorded: Recorded;
  readonly workload: Workload;
  readonly expected: Expected;
  /** The token that is used again and again. */
  readonly token: string;
  /** Hands out a token that was not used before. */
  readonly freshToken: () => string;
}

/** Makes exchanges as Envoy would on one connection, and checks each answer. */
export class Exchanges {
  readonly #options: ExchangeOptions;
  readonly #connection: GrpcConnection;
  readonly #check: Template;
  readonly #usual: Buffer;
  readonly #tokenBlank: string;
  readonly #messages: readonly (readonly [Template, hold: string])[];
  readonly #log: Template;
  readonly #logs: LogStream;
  #made = 0;
  /** How many came to their end. */
  finished = 0;
  /** How many are waited for, by what. */
  readonly waiting = { check: 0, reply: 0, log: 0 };

  constructor(connection: GrpcConnection, logs: LogStream, options: ExchangeOptions) {
    const { recorded, workload, token } = options;
    const body = bodyOf(workload.name);
    this.#options = options;
    this.#connection = connection;
    this.#logs = logs;
    this.#tokenBlank = runOf(recorded.checks[body], BLANK.token);
    this.#check = new Template(recorded.checks[body], [this.#tokenBlank]);
    this.#usual = this.#check.filled(this.#tokenBlank, token);
    this.#messages = recorded.process.map((message) => {
      const hold = runOf(message, BLANK.hold);
      return [new Template(message, [hold]), hold];
    });
    this.#log = new Template(recorded.logs[body], [BLANK.decisionId]);
  }

  /** @throws when any answer is not the one that is expected. */
  async once(): Promise<void> {
    const { workload, expected, freshToken } = this.#options;
    this.#made += 1;
    const fresh = workload.freshEvery > 0 && this.#made % workload.freshEvery === 0;
    const message = fresh ? this.#check.filled(this.#tokenBlank, freshToken()) : this.#usual;
    const answer = await this.#counted('check', this.#connection.unary(CHECK, message));
    const verdict = verdictOf(answer);
    if (verdict !== expected.verdict) {
      throw new Error(`${workload.name}: ${verdict}, not ${expected.verdict}: ${printable(answer)}`);
    }
    const told = (key: 'hold' | 'decision_id'): string | undefined =>
      expected.named ? metadataText(answer, key) : undefined;
    if (workload.name === 'list') await this.#counted('reply', this.#judged(told('hold')));
    if (expected.logs)
      await this.#counted('log', this.#report(expected.named ? told('decision_id') : BLANK.decisionId));
    this.finished += 1;
  }

  async #counted<T>(what: 'check' | 'reply' | 'log', promise: Promise<T>): Promise<T> {
    this.waiting[what] += 1;
    try {
      return await promise;
    } finally {
      this.waiting[what] -= 1;
    }
  }

  /** The ext_proc stream for the reply. */
  async #judged(hold: string | undefined): Promise<void> {
    const stream = this.#connection.stream(PROCESS);
    let last: Buffer | undefined;
    for (const [template, blank] of this.#messages) {
      await stream.send(template.filled(blank, blank === '' ? '' : (hold ?? blank)));
      last = await stream.next();
    }
    await stream.end();
    // The answer to a response body, with the list in it where it was judged.
    if (last?.[0] !== RESPONSE_BODY) throw new Error(`no answer to the body: ${printable(last)}`);
    if (hold !== undefined && !last.includes('tool_198')) throw new Error(`not the list: ${printable(last)}`);
  }

  async #report(decisionId: string | undefined): Promise<void> {
    if (decisionId === undefined) throw new Error('the answer names no decision');
    await this.#logs.report(this.#log, decisionId);
  }
}

/** Tag of `response_body` in a ProcessingResponse. */
const RESPONSE_BODY = 0x22;

function printable(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? [])
    .toString('latin1')
    .replaceAll(/[^ -~]+/g, ' ')
    .slice(0, 600);
}
