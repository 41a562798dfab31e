import type { Received } from '../call/received.ts';
import type { Facts } from '../decision/facts.ts';
import type { Outcome, Recorder } from '../decision/record.ts';
import type { Refusal } from '../decision/verdict.ts';
import type { Clock } from '../kit/clock.ts';
import type { ArgumentRules } from './argument-text.ts';
import type { AuditConfig } from './config.ts';
import { openLog } from './open-log.ts';
import { type LogState, type Loss, RecordLog } from './record-log.ts';
import type { OperatorData, RecordKind, RecoveryData } from './record-shape.ts';
import { isoTime } from './iso-time.ts';
import { type RecordText, recordText } from './record-text.ts';
import { nodeSegmentFiles, type SegmentFiles } from './segment-files.ts';
import { SegmentWriter } from './segment-writer.ts';
import {
  gapData,
  intentData,
  operatorData,
  outcomeData,
  passthroughData,
  recoveryData,
  refusalData,
} from './write-record.ts';

/** The core's recorder, with what the rest of the process needs of it. */
export interface AuditRecorder extends Recorder {
  /** Whether the last write failed: calls are then refused with `record.unavailable`. */
  readonly isFailing: boolean;
  /** What was wrong with the log when it was opened. */
  readonly recovery: RecoveryData | undefined;
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
  readonly config: Pick<AuditConfig, 'segment_bytes' | 'max_queued_bytes' | 'max_argument_bytes' | 'on_damage'>;
  /** CloudEvents `source` of every record: which instance wrote it. */
  readonly source: string;
  readonly clock: Clock;
  /** Whether the argument at this JSON Pointer must not be recorded. Default: none. */
  readonly isMasked?: (facts: Partial<Facts>, pointer: string) => boolean;
  /** Told of each failed write and of the first good one after it. Must not throw. */
  readonly onState?: (state: LogState) => void;
  /** Told of each record that is counted instead of written. Must not throw. */
  readonly onLoss?: (kind: RecordKind) => void;
  readonly files?: SegmentFiles;
  /** The span of a call that is under way, as W3C Trace Context writes it. */
  readonly traceparentOf?: ((decisionId: string) => string | undefined) | undefined;
}

/** How much of the queue each kind may fill: a flood of refusals leaves room for outcomes, and both for intents. */
const REFUSAL_SHARE = 0.5;
const OUTCOME_SHARE = 0.75;
/** How often a failing log is tried again while nothing arrives, in milliseconds. */
const PROBE_EVERY_MS = 1000;

/**
 * Opens the log in `directory` for one writer.
 *
 * @throws LogDamagedError, or what the file system said when the directory cannot be used.
 */
export async function createRecorder(options: RecorderOptions): Promise<AuditRecorder> {
  const { directory, config, source, clock, traceparentOf } = options;
  const { nextSequence, recovery } = await openLog(directory, config.on_damage);
  const at = (kind: RecordKind, id: string, data: string): RecordText =>
    recordText({ kind, id, source, timeMs: clock.nowMs(), traceparent: traceparentOf?.(decisionIn(id)) }, data);
  const log = new RecordLog({
    segments: new SegmentWriter({
      directory,
      files: options.files ?? nodeSegmentFiles(),
      segmentBytes: config.segment_bytes,
    }),
    nextSequence,
    maxQueuedLength: config.max_queued_bytes / 2,
    nowMs: () => clock.nowMs(),
    describeLoss: (loss) => at('gap', `gap/${loss.sinceMs}/${clock.nowMs()}`, gapOf(loss, clock.nowMs())),
    onState: options.onState ?? (() => {}),
    onLoss: options.onLoss ?? (() => {}),
  });
  let actions = 0;
  const probe = setInterval(() => void log.probe(), PROBE_EVERY_MS).unref();
  if (recovery !== undefined) {
    log.post(at('recovery', `recovery/${nextSequence}`, recoveryData(recovery)), 1);
  }
  const post = (kind: RecordKind, decisionId: string, share: number, data: () => string): void => {
    try {
      log.post(at(kind, `${decisionId}/${kind}`, data()), share);
    } catch (cause) {
      log.lose(kind, cause instanceof Error ? cause.message : 'the record could not be made');
    }
  };

  return {
    recovery,
    get isFailing() {
      return log.isFailing;
    },
    intent: async (facts: Facts) => {
      await log.append(at('intent', `${facts.call.decisionId}/intent`, intentData(facts, rules(options, facts))));
    },
    refusal: (received: Received, refusal: Refusal, known: Partial<Facts>) =>
      post('refusal', received.decisionId, REFUSAL_SHARE, () =>
        refusalData(received, refusal, known, rules(options, known)),
      ),
    outcome: (outcome: Outcome) => post('outcome', outcome.decisionId, OUTCOME_SHARE, () => outcomeData(outcome)),
    passthrough: async (exchange) => {
      const id = `${exchange.received.decisionId}/passthrough`;
      await log.append(at('passthrough', id, passthroughData(exchange)));
    },
    operator: async (action) => {
      await log.append(at('operator', `operator/${clock.nowMs()}/${actions++}`, operatorData(action)));
    },
    close: async () => {
      clearInterval(probe);
      await log.close();
    },
  };
}

/** The ids of records of a call begin with that of its decision. */
function decisionIn(id: string): string {
  return id.slice(0, id.indexOf('/'));
}

function rules({ config, isMasked }: RecorderOptions, facts: Partial<Facts>): ArgumentRules {
  return {
    maxLength: config.max_argument_bytes,
    isMasked: isMasked === undefined ? () => false : (pointer) => isMasked(facts, pointer),
  };
}

function gapOf({ lost, sinceMs, why }: Loss, nowMs: number): string {
  return gapData({ lost: Object.fromEntries(lost), since: isoTime(sinceMs), until: isoTime(nowMs), why });
}
