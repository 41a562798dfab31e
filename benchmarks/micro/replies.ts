/**
 * How long the worst replies hold the event loop while they are judged: each is as bad as its bounds allow.
 *
 * Printed is the median and the longest CPU time of one judgement in milliseconds. Run it on source files:
 * `node benchmarks/micro/replies.ts`. Exit 1 when a median is over 10 ms and `--check` was given.
 *
 * @module
 */
import type { Call } from '../../src/call/call.ts';
import { SseReader } from '../../src/call/sse.ts';
import { bench } from '../../src/outcome/reply.fixture.ts';

const ROUNDS = 15;
const LIMIT_MS = 10;
const MAX_REPLY_BYTES = 8 * 1024 * 1024;

interface Sample {
  readonly name: string;
  readonly run: () => void;
}

const TOOL_CALL = { operation: 'tools/call', treatment: 'tool', kind: 'request', id: 1 } as const;

/** Judging `text` as the reply to `call`, anew each time; `vary` changes it so that nothing is remembered. */
function judging(name: string, call: Partial<Call>, text: (round: number) => string): Sample {
  const { judgeFor } = bench();
  let round = 0;
  const bodies = Array.from({ length: ROUNDS + 1 }, (_, index) => (index < 2 ? Buffer.from(text(index)) : undefined));
  return {
    name,
    run: () => {
      const body = bodies[round % 2] ?? Buffer.alloc(0);
      round += 1;
      judgeFor(call).judge(body);
    },
  };
}

/** The result of a tool whose structured content is `piece` again and again, up to the largest reply. */
function content(name: string, open: string, piece: string, close: string, most = Number.POSITIVE_INFINITY): Sample {
  const count = Math.min(most, Math.floor((MAX_REPLY_BYTES - 200) / Buffer.byteLength(piece)));
  const text = `{"jsonrpc":"2.0","id":1,"result":{"content":[],"structuredContent":${open}${piece.repeat(count)}${close}}}`;
  return judging(name, TOOL_CALL, () => text);
}

function listing(name: string, operation: Call['operation'], text: (round: number) => string): Sample {
  return judging(name, { operation, treatment: 'list', kind: 'request', id: 1 }, text);
}

function page(member: string, count: number, item: (index: number) => object): string {
  return JSON.stringify({ id: 1, result: { [member]: Array.from({ length: count }, (_, index) => item(index)) } });
}

function stream(name: string, text: string): Sample {
  const bytes = Buffer.from(text);
  return { name, run: () => void new SseReader(MAX_REPLY_BYTES).push(bytes) };
}

function properties(count: number, round: number): object {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, round]));
}

const SAMPLES: readonly Sample[] = [
  content('8 MB of elements, refused', '[', '1,', '1]'),
  content('250 000 numbers of 31 bytes', '[', '0.12345678901234567890123456789,', '1]', 249_000),
  content('250 000 values in objects', '[', '{"a":1,"b":"hello hello hello hello hello hello"},', '1]', 83_000),
  content('8 MB in one string', '"', 'x', '"'),
  content('8 MB of escaped quotes', '"', '\\"', '"'),
  content('8 MB of lines of code in a string', '"', 'const a = \\"b\\";\\n', '"'),
  content('8 MB of white space', ' ', ' ', '1'),
  content('8 MB of digits', '[', `${'1'.repeat(1000)},`, '1]'),
  listing('tools/list of 5000 unknown tools', 'tools/list', (round) =>
    page('tools', 5000, (index) => ({
      name: `t${index}`,
      inputSchema: { type: 'object', properties: { a: { const: round } } },
    })),
  ),
  listing('tools/list of 2 MB of unknown tools', 'tools/list', (round) =>
    page('tools', 100, (index) => ({
      name: `t${index}`,
      inputSchema: { type: 'object', properties: properties(1500, round) },
    })),
  ),
  listing('resources/list of 5000 items', 'resources/list', () =>
    page('resources', 5000, (index) => ({
      uri: `file:///workspace/${index}`,
      name: `file ${index}`,
      mimeType: 'text/plain',
    })),
  ),
  listing('resources/list of 5000 items of 400 bytes', 'resources/list', () =>
    page('resources', 5000, (index) => ({ uri: `file:///workspace/${index}`, description: 'x'.repeat(340) })),
  ),
  stream('an event of 20 000 lines', `${'data: x\n'.repeat(19_999)}\n`),
  stream('a chunk of 64 KiB of blank lines', '\n'.repeat(65_536)),
  stream('a chunk of 64 KiB of comments', ':\n\n'.repeat(21_845)),
];

/** Milliseconds of CPU time: others may use the machine, too. */
function timed(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function measure({ name, run }: Sample): boolean {
  run();
  const times = Array.from({ length: ROUNDS }, () => timed(run)).toSorted((left, right) => left - right);
  const median = times[Math.floor(ROUNDS / 2)] ?? Number.NaN;
  console.log(`${name}: median ${median.toFixed(1)} ms, longest ${(times.at(-1) ?? Number.NaN).toFixed(1)} ms`);
  return median <= LIMIT_MS;
}

const held = SAMPLES.map(measure).every(Boolean);
if (process.argv.includes('--check') && !held) process.exitCode = 1;
