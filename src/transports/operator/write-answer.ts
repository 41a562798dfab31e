import type { z } from 'zod';
import { parseJson } from '../../call/parse-json.ts';
import { messageOf } from '../../kit/cause.ts';
import { toPlain } from '../../kit/json.ts';
import { type BreakerSurface, breakerWishSchema } from './breaker-surface.ts';
import { type BudgetSurface, budgetWishSchema } from './budget-surface.ts';
import { type LogLevelSurface, logLevelWishSchema } from './log-level-surface.ts';
import { isReady, type OperatorStatus } from './status.ts';
import { limitResetSchema, type LimitSurface, limitWishSchema, lookWishSchema } from './limit-surface.ts';
import { liftWishSchema, type StopSurface, stopWishSchema } from './stop-surface.ts';

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
  readonly stops: StopSurface;
  readonly limits: LimitSurface;
  readonly logLevels: LogLevelSurface;
}

/** Answers one request. */
export async function answer({ method, path, body }: Asked, sources: AnswerSources): Promise<Answer> {
  if (method === 'POST') return await change(path, body, sources);
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
    case '/stops':
      return json(200, sources.stops.list());
    case '/limits':
      return json(200, sources.limits.list());
    case '/log-levels':
      return json(200, sources.logLevels.list());
    default:
      return text(
        404,
        'not found: /livez, /readyz, /metrics, /breakers, /budgets, /stops, /limits and /log-levels are served here\n',
      );
  }
}

/** Fulfils the wish of a POST. */
async function change(path: string, body: Uint8Array, sources: AnswerSources): Promise<Answer> {
  switch (path) {
    case '/breakers':
      return await setBreaker(body, sources.breakers);
    case '/budgets':
      return await changeBudget(body, sources.budgets);
    case '/log-levels':
      return await setLogLevel(body, sources.logLevels);
    case '/stops': {
      const wish = wishOf(body, stopWishSchema);
      return wish === undefined ? malformed('kind, name, ttl_s and why') : orProblem(await sources.stops.stop(wish));
    }
    case '/stops/lift': {
      const wish = wishOf(body, liftWishSchema);
      return wish === undefined ? malformed('id and why') : orProblem(await sources.stops.lift(wish));
    }
    case '/limits/look': {
      const wish = wishOf(body, lookWishSchema);
      return wish === undefined ? malformed('rule and whose limits') : orProblem(await sources.limits.look(wish));
    }
    case '/limits/set': {
      const wish = wishOf(body, limitWishSchema);
      return wish === undefined
        ? malformed('rule, rates, cost, ttl_s and why')
        : orProblem(await sources.limits.set(wish));
    }
    case '/limits/reset': {
      const wish = wishOf(body, limitResetSchema);
      return wish === undefined ? malformed('rule and why') : orProblem(await sources.limits.reset(wish));
    }
    default:
      return NOT_ALLOWED;
  }
}

async function setBreaker(body: Uint8Array, breakers: BreakerSurface): Promise<Answer> {
  const wish = wishOf(body, breakerWishSchema);
  if (wish === undefined) return malformed('server, tool, state and why');
  const problem = await breakers.set(wish);
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
  const wish = wishOf(body, budgetWishSchema);
  if (wish === undefined) return malformed('action, id, amount and why');
  const problem = await budgets.change(wish);
  return problem === undefined ? json(200, {}) : json(409, { problem });
}

function orProblem(answered: object | string): Answer {
  return typeof answered === 'string' ? json(409, { problem: answered }) : json(200, answered);
}

/** The wish in a body; `undefined` when it is none. */
function wishOf<T>(body: Uint8Array, schema: z.ZodType<T>): T | undefined {
  const read = parseJson(body);
  return read.kind === 'json' ? schema.safeParse(toPlain(read.value)).data : undefined;
}

function malformed(members: string): Answer {
  return json(400, { problem: `not ${members} as one JSON object` });
}

async function setLogLevel(body: Uint8Array, levels: LogLevelSurface): Promise<Answer> {
  const wish = wishOf(body, logLevelWishSchema);
  if (wish === undefined) return malformed('name, level, ttl_s and why');
  const problem = await levels.set(wish);
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

const NOT_ALLOWED = text(
  405,
  'only GET and HEAD are served here, and POST of /breakers, /budgets, /log-levels, /stops, /stops/lift, /limits/look, /limits/set and /limits/reset\n',
);
