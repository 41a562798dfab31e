import { type Claim, megabytes } from '../../soak/claim.ts';
import { growthOver, median } from '../../soak/growth.ts';
import { type GoneReport, type Look, MOST_WAITING, SPANS_OF_A_CALL, type SpanCounts } from './run-gone.ts';

const MIB = 1024 * 1024;
/** What an allocator keeps varies by a megabyte from one look to the next; spans of a minute alone would be some forty. */
const MOST_HEAP = MIB;
const MOST_RESIDENT = 4 * MIB;
/** Connections come and go: that to the collector, and that of the operator who looks. */
const SPARE_FILES = 4;
/** What other work on the machine makes of it. */
const SLOWER_TIMES = 3;

/** What is promised of a service whose collector and Prometheus are gone, held against a report. */
export function goneClaims({ looks, calls, failedCalls, spans, scraped, exitCode }: GoneReport): readonly Claim[] {
  const [first, last] = [looks[0], looks.at(-1)];
  const heap = grown(looks, ({ heapUsed, external }) => heapUsed + external);
  const resident = grown(looks, ({ rss }) => rss);
  const { before, gone, after } = spans;
  const made = calls * SPANS_OF_A_CALL;
  return [
    { text: 'answers every call', holds: failedCalls === 0, found: `${calls} calls, ${failedCalls} failed` },
    {
      text: `keeps at most ${megabytes(MOST_HEAP)} of heap and buffers more at the end`,
      holds: heap <= MOST_HEAP,
      found: megabytes(heap),
    },
    {
      text: `grows by at most ${megabytes(MOST_RESIDENT)} of resident memory`,
      holds: resident <= MOST_RESIDENT,
      found: megabytes(resident),
    },
    {
      text: 'opens no further files',
      holds: (last?.openFiles ?? 0) <= (first?.openFiles ?? 0) + SPARE_FILES,
      found: `${first?.openFiles} at the first look, ${last?.openFiles} at the last`,
    },
    {
      text: 'answers as fast as before',
      holds: (last?.medianMs ?? 0) <= SLOWER_TIMES * (first?.medianMs ?? 0),
      found: `median of a call ${first?.medianMs.toFixed(2)} ms in the first part, ${median(looks.map(({ medianMs }) => medianMs)).toFixed(2)} ms in all`,
    },
    {
      text: `lets no more than ${MOST_WAITING} spans wait`,
      holds: gone.waiting <= MOST_WAITING,
      found: `${gone.waiting} waited`,
    },
    {
      text: 'counts what it could not send',
      holds: lost(gone) > lost(before) && gone.exported - before.exported <= MOST_WAITING,
      found: `${told(before)} when they went; ${told(gone)} before they came back`,
    },
    {
      text: 'sends again when the collector is back',
      holds: after.exported > gone.exported && after.waiting === 0,
      found: told(after),
    },
    {
      text: 'knows what became of every span',
      holds: after.exported + lost(after) === made,
      found: `${after.exported + lost(after)} of ${made}`,
    },
    {
      text: 'is read by Prometheus again, with what was counted meanwhile',
      holds: scraped === after.exported + lost(after),
      found: `${scraped} spans`,
    },
    { text: 'ends with 0', holds: exitCode === 0, found: String(exitCode) },
  ];
}

/** How much the whole time added, by the slope over all looks, bytes. */
function grown(looks: readonly Look[], bytesOf: (look: Look) => number): number {
  const overS = (looks.at(-1)?.atS ?? 0) - (looks[0]?.atS ?? 0);
  return growthOver(
    overS,
    looks.map((look) => ({ requests: look.atS, bytes: bytesOf(look) })),
  );
}

function lost({ dropped, failed }: SpanCounts): number {
  return dropped + failed;
}

function told({ exported, dropped, failed, waiting }: SpanCounts): string {
  return `${exported} exported, ${dropped} dropped, ${failed} failed, ${waiting} waiting`;
}
