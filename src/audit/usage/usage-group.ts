import { clip, TEXT_LENGTH } from '../clip.ts';

/** By what usage can be told apart. */
export const USAGE_DIMENSIONS = ['day', 'tenant', 'agent', 'caller', 'server', 'tool'] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

/** What a call counts under; `null`: the record does not say. */
export type UsageGroup = Readonly<Record<UsageDimension, string | null>>;

type Data = Readonly<Record<string, unknown>>;

/** What is known of a caller. */
export type UsageCaller = Pick<UsageGroup, 'agent' | 'caller' | 'tenant'>;

export const NO_CALLER: UsageCaller = { agent: null, caller: null, tenant: null };

/**
 * Who called. The agent is the actor of the token (`act.sub`), else the SPIFFE id, the OAuth client, the subject, or whatever
 * names the caller.
 */
export function usageCaller(caller: unknown): UsageCaller {
  const { actor, spiffe_id: spiffeId, client_id: clientId, subject, principal, tenant } = members(caller);
  const agent = [actor, spiffeId, clientId, subject, principal].find((name) => typeof name === 'string');
  return { agent: text(agent), caller: text(principal), tenant: text(tenant) };
}

/** The server and what was called of it: a tool, or the operation where no tool is. */
export function usageTarget(data: Data): Pick<UsageGroup, 'server' | 'tool'> {
  const { server, route, operation, method } = data;
  const target = members(data['target']);
  const called = target['kind'] === 'tool' ? target['name'] : (operation ?? method);
  if (typeof route === 'string') return { server: null, tool: text(`passthrough ${route}`) };
  if (typeof called !== 'string') return { server: text(server), tool: null };
  return { server: text(server), tool: text(typeof server === 'string' ? `${server}/${called}` : called) };
}

/** The day of a record's time, UTC. */
export function usageDay(time: unknown): string | null {
  return typeof time === 'string' ? (/^\d{4}-\d{2}-\d{2}/.exec(time)?.[0] ?? null) : null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? clip(value, TEXT_LENGTH) : null;
}

export function members(value: unknown): Data {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
