import { setTimeout as pause } from 'node:timers/promises';
import { checkpointKeyPath } from '../audit/checkpoint/checkpoint-key.ts';
import type { CheckpointPublisher } from '../audit/checkpoint/checkpoint-publisher.ts';
import { openPseudonyms, pseudonymKeyPath } from '../audit/pseudonyms.ts';
import { type AuditRecorder, createRecorder } from '../audit/recorder.ts';
import { errorOf } from '../kit/cause.ts';
import { systemClock } from '../kit/clock.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { PayloadNotes } from '../audit/payload-note.ts';
import type { TraceBook } from '../telemetry/tracing/trace-book.ts';
import { openCheckpoints } from './open-checkpoints.ts';
import { sinksOf } from './shipping/ship-setup.ts';
import type { OpenStateOptions } from './state.ts';

/** The record, with what brings it and its checkpoints elsewhere. */
export interface OpenedRecorder extends AsyncDisposable {
  readonly recorder: AuditRecorder;
}

/** How long the last checkpoint may take to its place outside when the service stops, milliseconds. */
const LAST_WAY_MS = 3000;

/**
 * Opens the record and what brings it and its checkpoints elsewhere; the operator hears when it fails, works again, or was repaired.
 *
 * @throws as `createRecorder()`.
 */
export async function openRecorder(
  options: OpenStateOptions,
  log: Log,
  metrics: Metrics,
  traces: TraceBook | undefined,
  payloads: PayloadNotes | undefined,
): Promise<OpenedRecorder> {
  const { config, stateDir, recordDir, source, pathOf } = options;
  let publisher: CheckpointPublisher | undefined;
  let newest: string | undefined;
  const recorder = await createRecorder({
    directory: recordDir,
    keyPath: checkpointKeyPath(stateDir),
    config: config.audit,
    pseudonyms: openPseudonyms(pseudonymKeyPath(stateDir)),
    source,
    clock: systemClock,
    payloads,
    onState: (state) => {
      metrics.setRecordFailing(state.kind === 'failing');
      if (state.kind === 'failing')
        log.error('the record cannot be written; calls are refused', { cause: errorOf(state.cause) });
      else log.info('the record is written again');
    },
    traceparentOf: traces === undefined ? undefined : (id) => traces.traceparentOf(id),
    onLoss: (kind) => metrics.recordLost(kind),
    onCounted: () => metrics.record.refusalCounted(),
    onCheckpoint: (note) => {
      metrics.record.checkpoint('signed');
      newest = note;
      publisher?.publish(note);
    },
    onCheckpointFailure: (cause) => {
      metrics.record.checkpoint('failed');
      log.warn('a checkpoint of the record could not be made', { cause });
    },
  });
  metrics.record.watchLag(() => recorder.lagMs);
  const { recovery, verifierKey } = recorder;
  if (recovery !== undefined) log.warn('the record was repaired', { recovery: { ...recovery } });
  publisher = await openCheckpoints({
    config: config.audit.checkpoints,
    verifierKey,
    recordDir,
    pathOf,
    log,
    metrics,
  });
  if (newest !== undefined) publisher?.publish(newest);
  const shipping = await openSinks(options, verifierKey, log, metrics);
  return {
    recorder,
    async [Symbol.asyncDispose]() {
      await recorder.close();
      await shipping?.[Symbol.asyncDispose]();
      if (publisher !== undefined)
        await Promise.race([publisher.close(), pause(LAST_WAY_MS, undefined, { ref: false })]);
    },
  };
}

/** What brings the record to other places; `undefined` when the configuration names none. */
async function openSinks(
  { config, stateDir, recordDir, pathOf }: OpenStateOptions,
  verifierKey: string,
  log: Log,
  metrics: Metrics,
): Promise<AsyncDisposable | undefined> {
  const sinks = sinksOf(config.audit.ship, pathOf);
  if (sinks.length === 0) return undefined;
  // Loaded when it is needed: most services ship nothing.
  const { openShipping } = await import('./shipping/open-shipping.ts');
  return openShipping({ setup: { recordDir, stateDir, verifierKey, sinks }, log, metrics: metrics.shipping });
}
