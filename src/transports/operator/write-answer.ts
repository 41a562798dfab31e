import { parseJson } from '../../call/parse-json.ts';
import { messageOf } from '../../kit/cause.ts';
import { toPlain } from '../../kit/json.ts';
import { type BreakerSurface, breakerWishSchema } from './breaker-surface.ts';
import { type BudgetSurface, budgetWishSchema } from './budget-surface.ts';
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
  readonly budgets: BudgetSurface;
}

/** Answers one request. */
export async function answer({ method, path, body }: Asked, sources: AnswerSources): Promise<Answer> {
  if (method === 'POST' && path === '/breakers') return await setBreaker(body, sources.breakers);
  if (method === 'POST' && path === '/budgets') return await changeBudget(body, sources.budgets);
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
    case '/budgets':
      return await listBudgets(sources.budgets);
    default:
      return text(404, 'not found: /livez, /readyz, /metrics, /breakers and /budgets are served here\n');
  }
}

async function setBreaker(body: Uint8Array, breakers: BreakerSurface): Promise<Answer> {
  const read = parseJson(body);
  const wish = read.kind === 'json' ? breakerWishSchema.safeParse(toPlain(read.value)) : undefined;
  if (wish?.success !== true) return json(400, { problem: 'not server, tool, state and why as one JSON object' });
  const problem = await breakers.set(wish.data);
  return problem === undefined ? json(200, {}) : json(409, { problem });
}

async function listBudgets(budgets: BudgetSurface): Promise<Answer> {
  try {
    return json(200, await budgets.list());
  } catch (cause) {
    return json(409, { problem: `the store of budgets cannot be had: ${messageOf(cause)}` });
  }
}

async function changeBudget(body: Uint8Array, budgets: BudgetSurface): Promise<Answer> {
  const read = parseJson(body);
  const wish = read.kind === 'json' ? budgetWishSchema.safeParse(toPlain(read.value)) : undefined;
  if (wish?.success !== true) return json(400, { problem: 'not action, id, amount and why as one JSON object' });
  const problem = await budgets.change(wish.data);
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

const NOT_ALLOWED = text(405, 'only GET and HEAD are served here, and POST of /breakers and /budgets\n');
