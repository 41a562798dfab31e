/**
 * The strict reader against `JSON.parse(body.toString())`, which reads what it should refuse.
 *
 * Both run in turns in one process; printed is the median of CPU time per body and the ratio. Run it on built or source
 * files: `node benchmarks/micro/reader.ts`. Exit 1 when a ratio is over its limit and `--check` was given.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { parseJson } from '../../src/call/parse-json.ts';

interface Sample {
  readonly name: string;
  readonly body: Buffer;
  /** Highest ratio to `JSON.parse` that is accepted; `undefined` where only the number is of interest. */
  readonly limit: number | undefined;
}

const ROUNDS = 61;
const ROUND_BYTES = 1_500_000;
const LIMITS = { maxDepth: 64, maxMembers: 1_000_000, maxBytes: 8 * 1024 * 1024 };

/** A call whose arguments are rows of small members. */
function dense(bytes: number): Buffer {
  const rows: unknown[] = [];
  const text = (): string =>
    JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'query', arguments: { rows } } });
  for (let i = 0; text().length < bytes; i += 1) {
    rows.push({ id: i, name: `row-${i}`, ok: i % 2 === 0, price: i * 1.25, tags: ['a', 'b'], at: { x: i, y: -i - 1 } });
  }
  return Buffer.from(text());
}

function oneString(text: string): Buffer {
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { text } }));
}

/** Real source code, of ASCII. */
const SOURCE = readFileSync(new URL('../../src/call/json-reader.ts', import.meta.url), 'ascii')
  .repeat(6)
  .slice(0, 46_000);
/** A quote or a line end every few characters. */
const CODE = 'const a = "b";\n'.repeat(2800);

const SAMPLES: readonly Sample[] = [
  { name: 'rows, 1 KB', body: dense(1000), limit: 2 },
  { name: 'rows, 16 KB', body: dense(16_000), limit: 3 },
  { name: 'rows, 48 KB', body: dense(48_000), limit: 3 },
  { name: 'one string, 48 KB', body: oneString('hello world '.repeat(4000)), limit: 1.2 },
  { name: 'one string, 1 MB', body: oneString('hello world '.repeat(90_000)), limit: 1.2 },
  { name: 'one string, two-byte, 48 KB', body: oneString('grüße € '.repeat(4000)), limit: undefined },
  { name: 'escapes: source code in one string, 48 KB', body: oneString(SOURCE), limit: 1.2 },
  // Differs from process to process, 1.06 to 1.41: no limit would hold.
  { name: 'escapes: one line of code again and again, 48 KB', body: oneString(CODE), limit: undefined },
  { name: 'escapes: JSON in one string, 48 KB', body: oneString(dense(41_000).toString()), limit: 1.2 },
  { name: 'escapes: nothing but quotes, 48 KB', body: oneString('"'.repeat(24_000)), limit: 1.2 },
  {
    name: 'escapes: two strings of source code, 96 KB',
    body: Buffer.from(JSON.stringify([CODE, CODE])),
    limit: undefined,
  },
  { name: 'vector of 1536 doubles', body: Buffer.from(JSON.stringify(vector(1536))), limit: undefined },
];

function vector(length: number): readonly number[] {
  return Array.from({ length }, (_, index) => Math.sin(index + 1));
}

/** CPU microseconds of this process per call of `read`, over one round. */
function cost(read: (body: Buffer) => unknown, body: Buffer): number {
  const calls = Math.max(3, Math.round(ROUND_BYTES / body.length));
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i += 1) read(body);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function strict(body: Buffer): unknown {
  const parsed = parseJson(body, LIMITS);
  if (parsed.kind === 'refused') throw new Error(parsed.reason);
  return parsed.value;
}

function measure({ name, body, limit }: Sample): boolean {
  const strictUs: number[] = [];
  const nativeUs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    strictUs.push(cost(strict, body));
    nativeUs.push(cost((bytes) => JSON.parse(bytes.toString()), body));
  }
  const ratio = median(strictUs) / median(nativeUs);
  const numbers = `${median(strictUs).toFixed(1)} µs, JSON.parse ${median(nativeUs).toFixed(1)} µs, ratio ${ratio.toFixed(2)}`;
  console.log(`${name}: ${numbers}${limit === undefined ? '' : ` (at most ${limit})`}`);
  return limit === undefined || ratio <= limit;
}

const held = SAMPLES.map(measure).every(Boolean);
if (process.argv.includes('--check') && !held) process.exitCode = 1;
