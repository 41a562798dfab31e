import { existsSync } from 'node:fs';
import { Command } from 'commander';
import type { AuditRecord } from '../audit/record-shape.ts';
import { readSegments } from '../audit/read-segments.ts';
import { boundText } from '../kit/bound-text.ts';
import { ProblemsError } from '../kit/problem.ts';
import { recordPlace } from './audit/record-place.ts';
import { recordsOf } from './audit/records-of.ts';
import { CommandError, guarded } from './command-error.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { EXIT } from './exit-codes.ts';
import { type FoundSpan, foundSpans } from './trace/found-span.ts';
import { type JsonLine, jsonLines } from './trace/json-lines.ts';
import { envoyLine, logLine, recordLine } from './trace/lines-of.ts';
import { spanLines } from './trace/span-lines.ts';
import type { TracedLine } from './trace/traced-line.ts';

export interface TraceFlags {
  readonly config: string;
  readonly directory?: string;
  /** Files with lines of JSON: our log, and Envoy's access log, in one or in several. */
  readonly log?: readonly string[];
  /** Files with OTLP as JSON, one request a line. */
  readonly spans?: readonly string[];
}

/** `sallyport trace`: everything that was told of one call, in the order of time. */
export function traceCommand(io: CommandIo = processIo): Command {
  return new Command('trace')
    .description('show what the record, logs and spans say of one decision; exit code 1 when there is nothing')
    .argument('<decision-id>', 'the id that the refusal, the log line or the reply named')
    .option('--log <file...>', "lines of Sallyport's log and of Envoy's access log")
    .option('--spans <file...>', 'spans as a Collector writes them to a file (OTLP as JSON)')
    .option('--config <file>', 'configuration that says where the record is', 'sallyport.yaml')
    .option('--directory <path>', 'directory of the record, instead')
    .action(async (decisionId: string, flags: TraceFlags) => {
      process.exitCode = await runTrace(decisionId, flags, io);
    });
}

/** Shows it. @returns the exit code: 0; 1 when nothing was told of it; 2 when a file cannot be read. */
export async function runTrace(decisionId: string, flags: TraceFlags, io: CommandIo): Promise<number> {
  return await guarded(io, async () => {
    const records = await recordsFrom(flags, decisionId, io);
    const told = await fromLogs(flags.log ?? [], decisionId);
    const place = records.map(placeOf).find((one) => one !== undefined) ?? told.place;
    const spans = place === undefined ? [] : await fromSpans(flags.spans ?? [], place.traceId);
    const ofCall = spanLines(spans, place?.spanId);
    const lines = [...records.map(recordLine), ...told.lines, ...ofCall.lines];
    if (lines.length === 0) io.complain(`nothing is known of decision ${boundText(decisionId, 100)} here`);
    if (place !== undefined) io.print(`trace ${place.traceId}`);
    for (const line of lines.toSorted((one, other) => one.atMs - other.atMs)) io.print(printed(line));
    if (ofCall.others > 0) io.print(`${ofCall.others} more spans of this trace are of other calls`);
    return lines.length === 0 ? EXIT.negative : EXIT.ok;
  }, [ProblemsError, CommandError]);
}

async function recordsFrom(flags: TraceFlags, decisionId: string, io: CommandIo): Promise<readonly AuditRecord[]> {
  const place = flags.directory ?? (await recordPlace(flags.config));
  if (!existsSync(place)) return [];
  const found = await recordsOf(decisionId, readSegments(place), ({ segment, offset }) =>
    io.complain(`damage in ${segment} at ${offset}: what was there is not shown`),
  );
  return found.map(({ record }) => record);
}

/** The trace of a call, and its own span in that. */
interface Place {
  readonly traceId: string;
  readonly spanId: string | undefined;
}

function placeOf({ traceparent }: AuditRecord): Place | undefined {
  const [, traceId, spanId] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-/.exec(traceparent ?? '') ?? [];
  return traceId === undefined ? undefined : { traceId, spanId };
}

/** Where the record is not to be had, a line of our log says it. */
function placeIn({ trace_id: traceId, span_id: spanId }: JsonLine): Place | undefined {
  if (typeof traceId !== 'string' || !/^[0-9a-f]{32}$/.test(traceId)) return undefined;
  return { traceId, spanId: typeof spanId === 'string' ? spanId : undefined };
}

async function fromLogs(
  files: readonly string[],
  decisionId: string,
): Promise<{ readonly lines: readonly TracedLine[]; readonly place: Place | undefined }> {
  const lines: TracedLine[] = [];
  let place: Place | undefined;
  for (const file of files) {
    for await (const line of jsonLines(file, new Set([decisionId]))) {
      const own = logLine(line, decisionId);
      const found = own ?? envoyLine(line, decisionId);
      if (found !== undefined) lines.push(found);
      if (own !== undefined) place ??= placeIn(line);
    }
  }
  return { lines, place };
}

async function fromSpans(files: readonly string[], traceId: string): Promise<readonly FoundSpan[]> {
  const spans: FoundSpan[] = [];
  for (const file of files) {
    for await (const line of jsonLines(file, new Set([traceId]))) spans.push(...foundSpans(line, traceId));
  }
  return spans;
}

function printed({ atMs, from, text }: TracedLine): string {
  const time = atMs > 0 ? new Date(atMs).toISOString() : '-'.padEnd(24);
  return `${time}  ${from.padEnd(6)}  ${text}`;
}
