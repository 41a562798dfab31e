import type { Call } from '../../call/call.ts';
import { DEFAULT_PRIORITY, type Priority } from '../../call/priority.ts';
import type { Identity, Permit, PinnedTarget } from '../../decision/facts.ts';
import { type Deny, deny, type Found, found } from '../../decision/verdict.ts';
import type { Stages } from '../../decision/stages.ts';
import type { SallyportFacts } from '../facts.ts';
import type { Acquired } from './breaker.ts';
import type { BreakerKey, Breakers } from './breakers.ts';
import type { BulkheadRefusal, Bulkheads } from './bulkheads.ts';

/** Who says which calls are not taken when there is too much to do. */
export interface Shedder {
  /** Hears the class that rules gave a call. @returns Why it is shed. */
  ruled(call: Call, priority: Priority): Deny | undefined;
}

export interface AvailabilityOptions {
  readonly breakers: Pick<Breakers, 'acquire' | 'settle'>;
  readonly bulkheads: Pick<Bulkheads, 'board'>;
  readonly shedder: Shedder;
}

/**
 * Check 8: whether the call is one that is taken under this load, there is room where it goes, and what is called is well enough to be tried.
 *
 * The place is held until the call is over. The permit is given back through `undo` when a later check refuses, or the allow
 * could not be delivered; otherwise whoever learns what became of the call settles it. What has no reply of its own
 * (notifications, open streams) needs neither.
 */
export function availabilityCheck({
  breakers,
  bulkheads,
  shedder,
}: AvailabilityOptions): Stages<SallyportFacts>['checkAvailability'] {
  return (call, identity, target, { priority = DEFAULT_PRIORITY }, held, undo): Found<Permit> => {
    const shed = shedder.ruled(call, priority);
    if (shed !== undefined) return shed;
    const key = breakerKeyOf(call, target);
    if (key === undefined) return GRANTED;
    const place = bulkheads.board({ ...key, tenant: tenantOf(identity), priority, bytes: call.body.byteLength });
    if (typeof place === 'string') return crowded(place, key.tool);
    if (place !== undefined) held.use(place);
    const { decisionId } = call;
    const acquired = breakers.acquire(key, decisionId);
    if (acquired?.kind === 'refused') return refuse(acquired, key.tool);
    if (acquired !== undefined) undo.defer(() => breakers.settle(decisionId, { kind: 'ignored' }));
    return GRANTED;
  };
}

/** Whose breaker is asked for a call; `undefined` for one that none is asked for. */
export function breakerKeyOf(
  { kind, treatment, server }: Pick<Call, 'kind' | 'treatment' | 'server'>,
  target: PinnedTarget,
): BreakerKey | undefined {
  if (kind !== 'request' || treatment === 'stream') return undefined;
  return { server, tool: target.kind === 'tool' ? target.name : undefined };
}

/** As limits count: callers of an issuer that says nothing of tenants are one tenant, and so are callers without a token. */
export function tenantOf({ tenant, issuer }: Identity): string {
  return tenant ?? issuer ?? '';
}

const GRANTED = found<Permit>({ kind: 'granted' });

function refuse(
  { state, retryAfterMs }: Extract<Acquired, { kind: 'refused' }>,
  tool: string | undefined,
): Found<Permit> {
  const what = tool === undefined ? 'The tool server' : 'The tool';
  const detail = `breaker ${state}`;
  if (retryAfterMs === undefined) {
    return deny('availability', 'breaker.open', { message: `${what} was switched off by its operator.` }, detail);
  }
  const message = `${what} fails or is slow just now. Retry in ${Math.ceil(retryAfterMs / 1000)} s.`;
  return deny('availability', 'breaker.open', { retryAfterMs, message }, detail);
}

/** How soon a caller should come back that found no room, milliseconds. */
const CROWDED_RETRY_MS = 1000;

function crowded(refusal: BulkheadRefusal, tool: string | undefined): Found<Permit> {
  const what = tool === undefined || refusal === 'server' || refusal === 'bytes' ? 'The tool server' : 'The tool';
  const message = refusal === 'tenant' ? OTHERS : `${what} has as much in progress as it may have. Retry in 1 s.`;
  return deny('availability', 'bulkhead.full', { retryAfterMs: CROWDED_RETRY_MS, message }, `bulkhead ${refusal}`);
}

const OTHERS = 'What of the tool is free is kept for others. Retry in 1 s.';
