import type { AuditRecorder } from '../../audit/recorder.ts';
import { errorOf } from '../../kit/cause.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Shred } from '../../vault/shreds.ts';
import type { OpenStateOptions } from '../state.ts';
import type { PayloadVault } from '../../vault/payload-vault.ts';
import { reportVault } from './report-vault.ts';

/** What keeps arguments and replies. */
export interface OpenedVault extends AsyncDisposable {
  readonly payloads: PayloadVault;
  /** From now on the record hears of keys that were deleted. */
  recordWith(recorder: Pick<AuditRecorder, 'operator'>): void;
}

export interface VaultParts {
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * Opens the payload vault; `undefined` when the configuration has none.
 *
 * @throws VaultError, or what the file system said.
 */
export async function openVault(
  { config: { payload_vault: config }, stateDir, pathOf }: OpenStateOptions,
  { log, metrics }: VaultParts,
): Promise<OpenedVault | undefined> {
  if (config === undefined) return undefined;
  // Loaded when it is needed: most services keep nothing.
  const [{ readKek }, { PayloadVault: Vault }, { vaultPlaces }, { VaultThread }] = await Promise.all([
    import('../../vault/kek.ts'),
    import('../../vault/payload-vault.ts'),
    import('../../vault/vault-places.ts'),
    import('../../vault/vault-thread.ts'),
  ]);
  const recorder = Promise.withResolvers<Pick<AuditRecorder, 'operator'>>();
  const report = reportVault(log, metrics.vaultMetrics());
  const thread = await VaultThread.open({
    setup: {
      places: vaultPlaces(stateDir),
      keks: [readKek(pathOf(config.key)), ...config.old_keys.map((path) => readKek(pathOf(path)))],
      segmentBytes: config.segment_bytes,
      segmentPayloads: config.segment_payloads,
      segmentAgeMs: config.segment_age_ms,
      subjectKeyDays: config.subject_key_days,
      maxKeyUses: config.max_key_uses,
    },
    maxQueuedBytes: config.max_queued_bytes,
    onNews: report.onNews,
    onEnd: report.onEnd,
    onShred: async (shred) => (await recorder.promise).operator(shredAction(shred)),
  });
  const payloads = new Vault({
    config,
    thread,
    onFault: (decisionId, cause) =>
      log.error('a payload could not be kept', { decision_id: decisionId, cause: errorOf(cause) }),
  });
  return {
    payloads,
    recordWith: (opened) => recorder.resolve(opened),
    [Symbol.asyncDispose]: () => thread.close(),
  };
}

function shredAction({ id, keys, subject_tag: tag, why }: Shred): Parameters<AuditRecorder['operator']>[0] {
  return { action: 'payloads.shred', id, name: tag, state: `${keys.length} keys deleted`, why };
}
