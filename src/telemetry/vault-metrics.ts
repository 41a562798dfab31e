import Counter from '@prometheus-io/client/lib/counter.js';
import Gauge from '@prometheus-io/client/lib/gauge.js';
import type Registry from '@prometheus-io/client/lib/registry.js';

/** What there is to say of the payload vault. */
export interface VaultMetrics {
  payloads(kind: 'arguments' | 'reply', result: 'kept' | 'lost', count: number): void;
  /** Whether nothing can be kept now. */
  setFailing(isFailing: boolean): void;
  /** How much of its uses the key has left, which are as many as the configuration says. */
  setKeyUses(uses: number, maxUses: number): void;
}

/** Registers them. */
export function registerVault(registry: Registry): VaultMetrics {
  const registers = [registry];
  const payloads = new Counter({
    name: 'sallyport_vault_payloads_total',
    help: 'Arguments and replies that were kept in the payload vault, or counted in a gap there.',
    labelNames: ['kind', 'result'],
    registers,
  });
  const failing = new Gauge({
    name: 'sallyport_vault_failing',
    help: '1 while nothing can be kept in the payload vault.',
    registers,
  });
  const used = new Gauge({
    name: 'sallyport_vault_key_used_ratio',
    help: 'Share of the uses of the key of the payload vault that are made: at 1 it is not used any more.',
    registers,
  });
  for (const kind of ['arguments', 'reply']) for (const result of ['kept', 'lost']) payloads.inc({ kind, result }, 0);
  return {
    payloads: (kind, result, count) => payloads.inc({ kind, result }, count),
    setFailing: (isFailing) => failing.set(isFailing ? 1 : 0),
    setKeyUses: (uses, maxUses) => used.set(uses / maxUses),
  };
}
