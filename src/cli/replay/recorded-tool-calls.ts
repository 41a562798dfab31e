import type { LogItem } from '../../audit/read-segments.ts';
import {
  type AuditRecord,
  type CallData,
  type OutcomeData,
  RECORD_TYPES,
  type RefusalData,
} from '../../audit/record-shape.ts';
import { CommandError } from '../command-error.ts';

/** What the record says of one `tools/call`. */
export interface RecordedToolCall {
  readonly data: CallData;
  readonly tool: string;
  refusal: RefusalData | undefined;
  outcome: OutcomeData | undefined;
}

/**
 * The tool calls among `items` that are wanted, in the order in which they were decided.
 *
 * @throws CommandError when a part of the log is no record.
 */
export async function recordedToolCalls(
  items: AsyncIterable<LogItem>,
  isWanted: (record: AuditRecord) => boolean,
): Promise<ReadonlyMap<string, RecordedToolCall>> {
  const calls = new Map<string, RecordedToolCall>();
  for await (const item of items) {
    if (item.kind === 'damage')
      throw new CommandError(`${item.segment}: byte ${item.offset}: no record begins here, and records follow.`);
    if (item.kind === 'record') note(item.record, calls, isWanted);
  }
  return calls;
}

function note(
  record: AuditRecord,
  calls: Map<string, RecordedToolCall>,
  isWanted: (record: AuditRecord) => boolean,
): void {
  if (record.type === RECORD_TYPES.outcome) {
    const outcome = record.data as OutcomeData;
    const call = calls.get(outcome.decision_id);
    if (call !== undefined) call.outcome = outcome;
    return;
  }
  if ((record.type !== RECORD_TYPES.intent && record.type !== RECORD_TYPES.refusal) || !isWanted(record)) return;
  const data = record.data as CallData;
  const refusal = record.type === RECORD_TYPES.refusal ? (record.data as RefusalData) : undefined;
  const tool = data.target?.kind === 'tool' ? data.target.name : undefined;
  if (data.operation !== 'tools/call' || tool === undefined) return;
  // An intent that the disk took too late is followed by the refusal of the same decision.
  const known = calls.get(data.decision_id);
  if (known === undefined) calls.set(data.decision_id, { data, tool, refusal, outcome: undefined });
  else if (refusal !== undefined) known.refusal = refusal;
}
