import type { Received } from '../call/received.ts';
import type { Facts } from '../decision/facts.ts';
import type { Outcome, Recorder } from '../decision/record.ts';
import type { Refusal } from '../decision/verdict.ts';
import type { Clock } from '../kit/clock.ts';
import { argumentMasks } from './argument-masks.ts';
import type { ArgumentRules } from './argument-text.ts';
import type { AuditConfig } from './config.ts';
import type { PayloadNotes } from './payload-note.ts';
import { type LogState, type Loss, RecordLog, type Safety } from './record-log.ts';
import type { OperatorData, RecordKind, RecoveryData } from './record-shape.ts';
import { isoTime } from './iso-time.ts';
import { type RecordText, recordText } from './record-text.ts';
import { LogHealth } from './log-health.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { RefusalCounts } from './refusal-counts.ts';
import { REFUSAL_QUOTA, RefusalQuota } from './refusal-quota.ts';
import { SyncGate } from './sync-gate.ts';
import { nodeSegmentFiles } from './segment-files.ts';
import { SegmentWriter } from './segment-writer.ts';
import { SignerThread } from './signer/signer-thread.ts';
import {
  gapData,
  intentData,
  operatorData,
  outcomeData,
  passthroughData,
  recoveryData,
  refusalData,
  refusalsData,
} from './write-record.ts';

/** The core's recorder, with what the rest of the process needs of it. */
export interface AuditRecorder extends Recorder {
  /** Whether the last write or sync failed: calls are then refused with `record.unavailable`. */
  readonly isFailing: boolean;
  /** What was wrong with the log when it was opened. */
  readonly recovery: RecoveryData | undefined;
  /** The public key that its checkpoints are verified with. */
  readonly verifierKey: string;
  /** For how long the oldest record has been written that may not be on the disk, milliseconds. */
  readonly lagMs: number;
  /**
   * Records what an operator is about to change.
   *
   * @throws whatever kept it from being written.
   */
  operator(action: OperatorData): Promise<void>;
  /** Writes what waits and closes the log. Nothing can be recorded afterwards. */
  close(): Promise<void>;
}

export interface RecorderOptions {
  /** Where the segments are, an absolute path. */
  readonly directory: string;
  /** The file of the key that signs checkpoints, outside `directory`. Made when it is not there. */
  readonly keyPath: string;
  readonly config: Pick<
    AuditConfig,
    'segment_bytes' | 'max_queued_bytes' | 'max_argument_bytes' | 'on_damage' | 'bounded_ms' | 'max_wait_ms'
  > & { readonly checkpoints: Pick<AuditConfig['checkpoints'], 'every_ms'> };
  /** CloudEvents `source` of every record: which instance wrote it. */
  readonly source: string;
  readonly clock: Clock;
  /** Names values that are not recorded. Without it such values have no name. */
  readonly pseudonyms?: Pseudonyms;
  /** Told of each failed write and of the first good one after it. Must not throw. */
  readonly onState?: (state: LogState) => void;
  /** Told of each record that is counted instead of written. Must not throw. */
  readonly onLoss?: (kind: RecordKind) => void;
  /** Told of each refusal beyond their share of the log, which is counted instead of written. Must not throw. */
  readonly onCounted?: () => void;
  /** Told of each checkpoint that was signed. Must not throw. */
  readonly onCheckpoint?: (note: string) => void;
  /** Told of each checkpoint that could not be made; the next one makes up for it. Must not throw. */
  readonly onCheckpointFailure?: (cause: Error) => void;
  /** Keeps arguments and replies elsewhere. Absent: nothing of them is kept. */
  readonly payloads?: PayloadNotes | undefined;
  /** The span of a call that is under way, as W3C Trace Context writes it. */
  readonly traceparentOf?: ((decisionId: string) => string | undefined) | undefined;
}

/** How much of the queue each kind may fill: a flood of refusals leaves room for outcomes, and both for intents. */
const REFUSAL_SHARE = 0.5;
const OUTCOME_SHARE = 0.75;
/** How often a failing log is tried again while nothing arrives, in milliseconds. */
const PROBE_EVERY_MS = 1000;
/** How often refusals that were counted are written, in milliseconds. */
const COUNTS_EVERY_MS = 10_000;

/**
 * Opens the log in `directory` for one writer.
 *
 * @throws LogDamagedError, CheckpointKeyError, or what the file system said when the directory cannot be used.
 */
export async function createRecorder(options: RecorderOptions): Promise<AuditRecorder> {
  const { config, source, clock, payloads, traceparentOf } = options;
  const { thread, opened } = await openThread(options);
  const { nextSequence, recovery, verifierKey } = opened;
  const monotonicMs = (): number => clock.monotonicMs();
  const at = (kind: RecordKind, id: string, data: string): RecordText =>
    recordText({ kind, id, source, timeMs: clock.nowMs(), traceparent: traceparentOf?.(decisionIn(id)) }, data);
  const health = new LogHealth(options.onState ?? (() => {}));
  const gate = new SyncGate({
    sync: (through) => thread.sync(through),
    boundMs: config.bounded_ms,
    maxWaitMs: config.max_wait_ms,
    monotonicMs,
    onSync: (result) => health.hear('sync', result.kind === 'good' ? undefined : result),
  });
  const segments = new SegmentWriter({
    directory: options.directory,
    files: nodeSegmentFiles(),
    segmentBytes: config.segment_bytes,
  });
  const log = new RecordLog({
    writer: {
      append: (bytes, sequence) => segments.append(bytes, sequence),
      async close(through) {
        await segments.close();
        await thread.close(through);
      },
    },
    gate,
    nextSequence,
    maxQueuedLength: config.max_queued_bytes / 2,
    nowMs: () => clock.nowMs(),
    describeLoss: (loss) => at('gap', `gap/${loss.sinceMs}/${clock.nowMs()}`, gapOf(loss, clock.nowMs())),
    onState: (state) => health.hear('write', state.kind === 'writing' ? undefined : state),
    onLoss: options.onLoss ?? (() => {}),
  });
  const quota = new RefusalQuota({ capacity: config.segment_bytes * REFUSAL_QUOTA, monotonicMs });
  const counts = new RefusalCounts();
  let actions = 0;
  const probe = setInterval(() => void log.probe(), PROBE_EVERY_MS).unref();
  if (recovery !== undefined) {
    log.post(at('recovery', `recovery/${nextSequence}`, recoveryData(recovery)), 1);
  }
  const post = (kind: RecordKind, id: string, share: number, data: () => string): number => {
    try {
      const text = at(kind, id, data());
      log.post(text, share);
      return text.before.length + text.after.length;
    } catch (cause) {
      log.lose(kind, cause instanceof Error ? cause.message : 'the record could not be made');
      return 0;
    }
  };
  const append = (kind: RecordKind, id: string, data: string, safety: Safety): Promise<void> => {
    const text = at(kind, id, data);
    quota.earn(text.before.length + text.after.length);
    return log.append(text, safety);
  };
  const tellCounts = (): void => {
    const counted = counts.take(clock.nowMs());
    if (counted !== undefined) post('refusals', `refusals/${clock.nowMs()}`, 1, () => refusalsData(counted));
  };
  const counting = setInterval(tellCounts, COUNTS_EVERY_MS).unref();

  return {
    recovery,
    verifierKey,
    get isFailing() {
      return health.isFailing;
    },
    get lagMs() {
      return gate.lagMs;
    },
    intent: async (facts: Facts) => {
      const id = `${facts.call.decisionId}/intent`;
      const durability = facts.target.durability ?? 'bounded';
      const payload = payloads?.argumentsOf(facts);
      const data = (): string => intentData(facts, rules(options, facts), payload);
      if (durability === 'best_effort') quota.earn(post('intent', id, 1, data));
      else await append('intent', id, data(), durability === 'strict' ? 'synced' : 'written');
    },
    refusal: (received: Received, refusal: Refusal, known: Partial<Facts>) => {
      if (quota.isSpent) {
        options.onCounted?.();
        return counts.add(known.identity?.principal, refusal.reason, clock.nowMs());
      }
      const data = (): string => refusalData(received, refusal, known, rules(options, known));
      quota.take(post('refusal', `${received.decisionId}/refusal`, REFUSAL_SHARE, data));
    },
    outcome: (outcome: Outcome) =>
      quota.earn(
        post('outcome', `${outcome.decisionId}/outcome`, OUTCOME_SHARE, () =>
          outcomeData(outcome, payloads?.replyOf(outcome)),
        ),
      ),
    passthrough: async (exchange) => {
      await append('passthrough', `${exchange.received.decisionId}/passthrough`, passthroughData(exchange), 'written');
    },
    operator: async (action) => {
      await append('operator', `operator/${clock.nowMs()}/${actions++}`, operatorData(action), 'synced');
    },
    close: async () => {
      clearInterval(probe);
      clearInterval(counting);
      tellCounts();
      await log.close();
    },
  };
}

/** The ids of records of a call begin with that of its decision. */
function decisionIn(id: string): string {
  return id.slice(0, id.indexOf('/'));
}

function openThread(options: RecorderOptions): ReturnType<typeof SignerThread.open> {
  const { directory, keyPath, config, source, onCheckpoint, onCheckpointFailure } = options;
  return SignerThread.open({
    directory,
    keyPath,
    onDamage: config.on_damage,
    originHint: source.slice(source.lastIndexOf(':') + 1),
    checkpointEveryMs: config.checkpoints.every_ms,
    onCheckpoint: onCheckpoint ?? (() => {}),
    onCheckpointFailure: onCheckpointFailure ?? (() => {}),
  });
}

function rules({ config, pseudonyms }: RecorderOptions, { call }: Partial<Facts>): ArgumentRules {
  return {
    maxLength: config.max_argument_bytes,
    masks: call?.classes === undefined ? undefined : argumentMasks(call, call.classes, pseudonyms),
  };
}

function gapOf({ lost, sinceMs, why }: Loss, nowMs: number): string {
  return gapData({ lost: Object.fromEntries(lost), since: isoTime(sinceMs), until: isoTime(nowMs), why });
}
