import type { Dependencies } from '../stores/dependencies/dependencies.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

const MINIMUM_FAILURES = 3;
/** Long enough for three failures of what is tried every five seconds. */
const WINDOW_MS = 60_000;
const WAIT_MS = 10_000;

/** What this service itself depends on, guarded from the first configuration that depends on anything. */
export interface OpenDependencies extends Disposable {
  /** The same each time. Asked for at start and at reloads: what it needs is loaded then. */
  guard(): Promise<Dependencies>;
}

/** Guards what this service itself depends on; the operator hears when one of it fails. */
export function openDependencies(log: Log, metrics: Metrics): OpenDependencies {
  let opening: Promise<Dependencies> | undefined;
  let opened: Dependencies | undefined;
  metrics.watchDependencies(() => opened?.open.length ?? 0);
  const open = async (): Promise<Dependencies> => {
    const { Dependencies } = await import('../stores/dependencies/dependencies.ts');
    opened = new Dependencies({
      minimumFailures: MINIMUM_FAILURES,
      windowMs: WINDOW_MS,
      waitMs: WAIT_MS,
      onChange: (name, state) => log[state === 'open' ? 'warn' : 'info']('a dependency changed', { name, state }),
    });
    return opened;
  };
  return {
    guard: () => (opening ??= open()),
    [Symbol.dispose]: () => opened?.[Symbol.dispose](),
  };
}
