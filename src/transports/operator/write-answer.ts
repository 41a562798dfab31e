import { parseJson } from '../../call/parse-json.ts';
import { toPlain } from '../../kit/json.ts';
import { type BreakerSurface, breakerWishSchema } from './breaker-surface.ts';
import { isReady, type OperatorStatus } from './status.ts';

/** A request on the operator socket. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  /** Empty unless it is a POST. */
  readonly body: Uint8Array;
}

/** An answer of the operator surface. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface AnswerSources {
  readonly status: () => OperatorStatus;
  readonly metrics: { render(): Promise<string>; readonly contentType: string };
  readonly breakers: BreakerSurface;
}

/** Answers one request. */
export async function answer({ method, path, body }: Asked, sources: AnswerSources): Promise<Answer> {
  if (method === 'POST') return path === '/breakers' ? await setBreaker(body, sources.breakers) : NOT_ALLOWED;
  if (method !== 'GET' && method !== 'HEAD') return NOT_ALLOWED;
  switch (path) {
    case '/livez':
      return text(200, 'ok\n');
    case '/readyz':
      return readiness(sources.status());
    case '/metrics':
      return { status: 200, contentType: sources.metrics.contentType, body: await sources.metrics.render() };
    case '/breakers':
      return json(200, sources.breakers.list());
    default:
      return text(404, 'not found: /livez, /readyz, /metrics and /breakers are served here\n');
  }
}

async function setBreaker(body: Uint8Array, breakers: BreakerSurface): Promise<Answer> {
  const read = parseJson(body);
  const wish = read.kind === 'json' ? breakerWishSchema.safeParse(toPlain(read.value)) : undefined;
  if (wish?.success !== true) return json(400, { problem: 'not server, tool, state and why as one JSON object' });
  const problem = await breakers.set(wish.data);
  return problem === undefined ? json(200, {}) : json(409, { problem });
}

function readiness(status: OperatorStatus): Answer {
  const ready = isReady(status);
  return json(ready ? 200 : 503, { ready, ...status });
}

function json(status: number, value: unknown): Answer {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value, undefined, 2)}\n` };
}

function text(status: number, body: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

const NOT_ALLOWED = text(405, 'only GET and HEAD are served here, and POST of /breakers\n');
