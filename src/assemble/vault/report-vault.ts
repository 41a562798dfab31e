import type { Log } from '../../telemetry/log.ts';
import type { VaultMetrics } from '../../telemetry/vault-metrics.ts';
import type { VaultThreadOptions } from '../../vault/vault-thread.ts';

/** Tells the operator how it is with the vault: each change once. */
export function reportVault(log: Log, metrics: VaultMetrics): Pick<VaultThreadOptions, 'onNews' | 'onEnd'> {
  let failing: string | undefined;
  let wasDue = false;
  return {
    onNews({ kept, lost, failing: now, wear }) {
      for (const kind of ['arguments', 'reply'] as const) {
        if (kept[kind] > 0) metrics.payloads(kind, 'kept', kept[kind]);
        if (lost[kind] > 0) metrics.payloads(kind, 'lost', lost[kind]);
      }
      metrics.setFailing(now !== undefined);
      metrics.setKeyUses(wear.uses, wear.maxUses);
      if (now !== undefined && now.why !== failing)
        log.error('payloads cannot be kept; they are counted instead', { why: now.why });
      if (now === undefined && failing !== undefined) log.info('payloads are kept again');
      failing = now?.why;
      if (wear.isDue && !wasDue)
        log.warn('the key of the payload vault should be changed', {
          key: wear.kek,
          uses: wear.uses,
          max: wear.maxUses,
        });
      wasDue = wear.isDue;
    },
    onEnd(cause) {
      metrics.setFailing(true);
      log.error('the thread of the payload vault ended; nothing is kept until a restart', { cause });
    },
  };
}
