import type { Facts, Identity } from '../../decision/facts.ts';
import { deny, fault, type Refusal } from '../../decision/verdict.ts';
import { identifyCaller } from '../request/identify-caller.ts';
import { addressConflict } from './address-conflict.ts';
import type { Arrival } from './arrival.ts';
import type { PassedRequest } from './passthrough.ts';
import type { PassthroughRoute, ProxyAssembly } from './proxy-assembly.ts';
import type { ResolveHost } from './resolve-host.ts';
import { watchCredential } from './watch-credential.ts';

/**
 * Calls `end` once when what is passed on may go on no longer, until it is disposed: its credential has ended, an operator has
 * stopped it, or after a reload its route is gone or is another, or its caller is no longer believed (DESIGN §4).
 */
export function watchRoute<F extends Facts>(
  { door, assembly, received }: Pick<Arrival<F>, 'door' | 'assembly' | 'received'>,
  passed: PassedRequest & { readonly identity: Identity | undefined },
  end: (refusal: Refusal) => void,
): Disposable {
  let over = false;
  const finish = (refusal: Refusal): void => {
    if (over) return;
    over = true;
    end(refusal);
  };
  const watchIdentity = (known: Identity | undefined): Disposable => {
    const undo = new DisposableStack();
    undo.use(watchCredential(known ?? {}, door.clock, (reason) => finish(deny('authenticate', reason))));
    undo.defer(assembly.stops.watch({ server: passed.route.name, identity: known }, finish));
    return undo;
  };
  let credential = watchIdentity(passed.identity);
  let watched = assembly.superseded;
  const follow = async (): Promise<void> => {
    const now = door.current();
    listenTo(now.superseded);
    const answer = await lookAgain(now, passed, received, door.resolve).catch((cause: unknown) =>
      fault('authenticate', 'fault.internal', cause),
    );
    if (over || door.current() !== now) return;
    if (answer.kind !== 'still') return finish(answer);
    credential[Symbol.dispose]();
    credential = watchIdentity(answer.identity);
  };
  const onReload = (): void => void follow();
  const listenTo = (superseded: AbortSignal): void => {
    watched = superseded;
    if (superseded.aborted) onReload();
    else superseded.addEventListener('abort', onReload, { once: true });
  };
  listenTo(watched);
  return {
    [Symbol.dispose]() {
      over = true;
      credential[Symbol.dispose]();
      watched.removeEventListener('abort', onReload);
    },
  };
}

/** The route is as it was, and its caller may use it. */
interface Still {
  readonly kind: 'still';
  readonly identity: Identity | undefined;
}

async function lookAgain<F extends Facts>(
  assembly: ProxyAssembly<F>,
  { route, addresses }: PassedRequest,
  received: Arrival<F>['received'],
  resolve: ResolveHost,
): Promise<Still | Refusal> {
  const now = assembly.passthrough.find((other) => isSame(other, route));
  if (now === undefined) return deny('admit', 'http.route');
  const conflict = await addressConflict(now, addresses, assembly.catalogued, resolve);
  if (conflict !== undefined) return deny('admit', 'http.route', {}, `would reach server ${conflict}`);
  const caller = await identifyCaller(assembly, received, now);
  return caller.kind === 'found' ? { kind: 'still', identity: caller.value } : caller;
}

function isSame(one: PassthroughRoute, other: PassthroughRoute): boolean {
  return one.name === other.name && one.prefix === other.prefix && one.upstream.href === other.upstream.href;
}
