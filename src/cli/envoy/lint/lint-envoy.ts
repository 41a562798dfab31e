import { checkAuthz } from './check-authz.ts';
import { checkBuffers } from './check-buffers.ts';
import { checkClusters } from './check-clusters.ts';
import { checkDestinations } from './check-destinations.ts';
import { checkDoors } from './check-doors.ts';
import { checkManager } from './check-manager.ts';
import { checkMatcher } from './check-matcher.ts';
import { checkOrder } from './check-order.ts';
import { checkOutcomes } from './check-outcomes.ts';
import { checkProc } from './check-proc.ts';
import { checkProcess } from './check-process.ts';
import { checkRoutes } from './check-routes.ts';
import { checkTls } from './check-tls.ts';
import { viewOf } from './envoy-view.ts';
import type { Finding } from './finding.ts';
import { type Doors, type Guarded, guardedIn } from './guarded.ts';
import type { Place } from './place.ts';

/** What is dangerous in a configuration of Envoy, in the order of the file. Total: whatever the file holds has an answer. */
export function lintEnvoy(root: Place, doors: Doors): readonly Finding[] {
  const view = viewOf(root);
  const guarded = guardedIn(view, doors);
  const findings = [
    ...checkDoors(view, guarded),
    ...guarded.flatMap(checkGuarded),
    ...checkTls(view),
    ...checkDestinations(view, guarded),
    ...checkClusters(view, guarded),
    ...checkProcess(view, guarded),
  ];
  return findings.toSorted((a, b) => a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : 1));
}

function checkGuarded(guarded: Guarded): readonly Finding[] {
  const { authz, proc } = guarded;
  return [
    ...checkManager(guarded),
    ...checkBuffers(guarded),
    ...checkOrder(guarded),
    ...(authz === undefined ? [] : checkAuthz(authz.config)),
    ...(proc === undefined ? [] : [...checkProc(guarded, proc), ...checkMatcher(guarded, proc)]),
    ...checkRoutes(guarded),
    ...checkOutcomes(guarded),
  ];
}
