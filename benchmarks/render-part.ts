import type { EnvoyRow } from './path/envoy-rows.ts';
import type { LimitRow } from './limits/limit-rows.ts';
import type { DirectRow } from './peers/direct-rows.ts';
import type { MemoryRow } from './peers/memory.ts';
import type { Bar, BenchResult, Machine } from './result.ts';

const TITLES: Readonly<Record<BenchResult['part'], string>> = {
  direct: 'Asked directly over gRPC',
  envoy: 'Through a real Envoy',
  memory: 'Memory',
  limits: 'Limits in Redis',
};

/** A part as a section of Markdown. */
export function partText(result: BenchResult): string {
  const { part, form, machine, setting, bars, leftOut } = result;
  return [
    `## ${TITLES[part]}`,
    ...(form === 'short' ? ['**A short run, made to see that it works. Its numbers say little.**'] : []),
    wrapped(`${machineText(machine)} ${setting}.`),
    barTable(bars),
    ...tables(result),
    ...(leftOut.length === 0
      ? []
      : [leftOut.map(({ what, why }) => wrapped(`Left out: ${what} (${why}).`)).join('\n')]),
  ].join('\n\n');
}

function machineText({ began, cpu, cores, node, go, envoy, commit, loadBefore, loadAfter }: Machine): string {
  const versions = [
    `Node ${node}`,
    go,
    envoy === null ? null : `Envoy ${envoy}`,
    commit === null ? null : `commit ${commit}`,
  ];
  const load = `Load average ${loadBefore.toFixed(1)} before and ${loadAfter.toFixed(1)} behind it`;
  return `${began.slice(0, 16).replace('T', ' ')} UTC, ${cores} cores (${cpu}), ${versions.filter(Boolean).join(', ')}. ${load}.`;
}

function barTable(bars: readonly Bar[]): string {
  return table(
    ['to be reached', 'at most', 'found', 'verdict'],
    bars.map(({ what, limit, found }) => [
      what,
      `${limit}`,
      found === null ? '–' : `${found}`,
      verdictOf(limit, found),
    ]),
  );
}

function verdictOf(limit: number, found: number | null): string {
  if (found === null) return 'not measured';
  return found <= limit ? 'pass' : '**falls short**';
}

function tables({ part, rows }: BenchResult): string[] {
  switch (part) {
    case 'direct':
      return [directTable(rows as readonly DirectRow[])];
    case 'envoy':
      return [closedTable(rows as readonly EnvoyRow[]), openTable(rows as readonly EnvoyRow[])];
    case 'memory':
      return [memoryTable(rows as readonly MemoryRow[])];
    case 'limits':
      return [limitTable(rows as readonly LimitRow[]), stackTable(rows as readonly LimitRow[])];
  }
}

function directTable(rows: readonly DirectRow[]): string {
  return table(
    ['service', 'what is asked', 'access log', 'CPU µs a call', 'least', '× no-op in Go', '× no-op on its engine'],
    rows.map(({ target, title, entries, median, least, toGo, toNoop }) => [
      target,
      title,
      entries ? 'yes' : 'no',
      median.toFixed(1),
      least.toFixed(1),
      times(toGo),
      times(toNoop),
    ]),
  );
}

function closedTable(rows: readonly EnvoyRow[]): string {
  return table(
    [
      'in front of the tool server',
      'Envoy, CPU µs a call',
      'service',
      'both',
      'least',
      'shortest serial call, ms',
      'p50',
      'no verdict',
    ],
    rows.map((row) => [
      row.target,
      row.envoyCpu.toFixed(0),
      row.serviceCpu.toFixed(0),
      row.cpu.toFixed(0),
      row.leastCpu.toFixed(0),
      row.serialLeast.toFixed(2),
      row.serialP50.toFixed(2),
      `${row.failed}`,
    ]),
  );
}

function openTable(rows: readonly EnvoyRow[]): string {
  const rates = rows[0]?.open.map(({ perSecond }) => perSecond) ?? [];
  return table(
    ['p50 / p99 in ms (no verdict), at calls a second', ...rates.map(String)],
    rows.map(({ target, open }) => [
      target,
      ...open.map(
        ({ p50, p99, failed }) => `${p50} / ${p99}${failed === 0 ? '' : ` (${(failed * 100).toFixed(1)} %)`}`,
      ),
    ]),
  );
}

function memoryTable(rows: readonly MemoryRow[]): string {
  return table(
    ['service', 'at first, MB', 'behind the last call', 'after a collection', 'growth for 100 000 calls'],
    rows.map(({ target, begin, end, collected, growth }) => [
      target,
      begin.toFixed(0),
      end.toFixed(0),
      collected.toFixed(0),
      growth.toFixed(2),
    ]),
  );
}

function limitTable(rows: readonly LimitRow[]): string {
  return table(
    [
      'how a call is counted',
      'buckets',
      'Redis, CPU µs a call',
      '× one bucket',
      'who asks, CPU µs a call',
      'questions a call',
    ],
    rows
      .filter(({ buckets }) => buckets !== null)
      .map(({ target, buckets, redis, ratio, service, questions }) => [
        target,
        `${buckets}`,
        redis === null ? '–' : redis.toFixed(1),
        times(ratio),
        service.toFixed(2),
        times(questions),
      ]),
  );
}

function stackTable(rows: readonly LimitRow[]): string {
  return table(
    ['service', 'CPU µs a call', '× no-op in Go'],
    rows
      .filter(({ buckets }) => buckets === null)
      .map(({ target, service, ratio }) => [target, service.toFixed(1), times(ratio)]),
  );
}

function times(ratio: number | null): string {
  return ratio === null ? '–' : ratio.toFixed(2);
}

/** The first column is text, the others are numbers or short. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

const WIDTH = 120;

function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.join('\n');
}
