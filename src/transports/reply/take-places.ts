import type { Facts } from '../../decision/facts.ts';
import { deny, type Refusal } from '../../decision/verdict.ts';
import type { Places } from './places.ts';
import type { ReplyServer } from './reply-server.ts';
import type { SessionBinding } from './session-binding.ts';

/** What one caller may have at once, and who counts it. */
export interface PlacesOf<F extends Facts> {
  /** What each caller has open or in progress on this listener. */
  readonly places: Places;
  /** Open-ended streams that one caller may have at once. */
  readonly maxStreamsPerPrincipal: number;
  readonly server: Pick<ReplyServer, 'name' | 'maxCallsPerPrincipal'>;
  readonly sessions: Pick<SessionBinding<F>, 'reserve'>;
}

const TOO_MANY_STREAMS = busy('You have too many open streams.', 'too many open streams');
const TOO_MANY_CALLS = busy('You have too many calls in progress.', 'too many calls in progress');
const TOO_MANY_SESSIONS = deny('handles', 'session.too-many', {}, 'too many sessions being opened');

function busy(message: string, operatorDetail: string): Refusal {
  return deny('admit', 'overload.busy', { message }, operatorDetail);
}

/**
 * Takes the place of a call until somebody comes for its reply, and leaves it with `held`. That takes a moment; but a caller who
 * leaves in it is not missed for a long time, and his calls would take up everyone's room.
 *
 * @returns What to answer when there is no room.
 */
export function takeAwaitedPlace<F extends Facts>(
  { places, server }: Pick<PlacesOf<F>, 'places' | 'server'>,
  { identity }: F,
  held: DisposableStack,
): Refusal | undefined {
  if (identity.kind !== 'token') return undefined;
  const place = places.take(`awaited ${server.name} ${identity.principal}`, server.maxCallsPerPrincipal);
  if (place === 'full') return TOO_MANY_CALLS;
  held.use(place);
  return undefined;
}

/**
 * Takes what the call needs while it runs, so that no caller has all of it, and leaves it with `held`. Callers that nobody
 * identified are one caller: there is none to be protected from the other.
 *
 * @returns What to answer when there is no room.
 */
export function takePlaces<F extends Facts>(
  { places, maxStreamsPerPrincipal, server, sessions }: PlacesOf<F>,
  facts: F,
  held: DisposableStack,
): Refusal | undefined {
  const { call, identity } = facts;
  const has = (place: Disposable | string): boolean => typeof place !== 'string' && held.use(place) === place;
  const { principal } = identity;
  if (call.treatment === 'stream') {
    if (!has(places.take(`stream ${principal}`, maxStreamsPerPrincipal))) return TOO_MANY_STREAMS;
  } else if (identity.kind === 'token') {
    if (!has(places.take(`${server.name} ${principal}`, server.maxCallsPerPrincipal))) return TOO_MANY_CALLS;
  }
  return call.operation === 'initialize' && !has(sessions.reserve(facts)) ? TOO_MANY_SESSIONS : undefined;
}
