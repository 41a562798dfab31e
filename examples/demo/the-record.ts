import { setTimeout as pause } from 'node:timers/promises';
import { mustSallyport } from './command.ts';
import type { Narrator } from './narrate.ts';
import type { World } from './world.ts';

const REASONS = ['policy.arguments', 'token.signature', 'token.expired', 'json.duplicate-key', 'tool.quarantined'];
/** Tries, and milliseconds between them: what became of a call is told after its agent has the answer. */
const [TRIES, PAUSE_MS] = [40, 250];

/** The last scene of all: what was written about those before. */
export async function theRecord({ folder }: World, { scene, show, expect }: Narrator): Promise<void> {
  scene('The record', 'Everything above is in it, written before each answer left: sallyport audit tail --lines 100');
  const lines = await wholeRecord(folder);
  const allowed = allowedCalls(lines);
  show('tools/call and tools/list that were allowed, and what became of them', allowed.flat().join('\n'));
  const ended = allowed.filter(([, ...outcomes]) => outcomes.length === 1 && outcomes.join().includes('answered'));
  expect('each has its intent and its outcome', allowed.length > 0 && ended.length === allowed.length);
  const refusals = lines.filter((line) => kindOf(line) === 'refusal');
  show(`the ${refusals.length} refusals of ${lines.length} records`, refusals.join('\n'));
  expect(
    'every refusal is there with its reason',
    refusals.length === REASONS.length && REASONS.every((reason, at) => refusals[at]?.includes(`  ${reason}  `)),
  );
}

/** The record, as soon as all outcomes are in it; what there is, when they do not come. */
async function wholeRecord(folder: string): Promise<readonly string[]> {
  let lines = await readRecord(folder);
  for (let tries = 1; tries < TRIES && !isWhole(lines); tries += 1) {
    await pause(PAUSE_MS);
    lines = await readRecord(folder);
  }
  return lines;
}

async function readRecord(folder: string): Promise<readonly string[]> {
  return (await mustSallyport(folder, 'audit', 'tail', '--lines', '100')).trimEnd().split('\n');
}

function isWhole(lines: readonly string[]): boolean {
  return allowedCalls(lines).every(({ length }) => length > 1);
}

/** The intent of each allowed call and list of tools, each with the outcomes that name it. */
function allowedCalls(lines: readonly string[]): readonly (readonly string[])[] {
  const outcomes = lines.filter((line) => kindOf(line) === 'outcome');
  return lines
    .filter((line) => kindOf(line) === 'intent' && / tools\/(call|list) /.test(line))
    .map((intent) => [intent, ...outcomes.filter((line) => decisionOf(line) === decisionOf(intent))]);
}

/** The columns of `audit tail`: time, kind, decision id, and more. */
function kindOf(line: string): string | undefined {
  return line.split(/ {2,}/)[1];
}

function decisionOf(line: string): string | undefined {
  return line.split(/ {2,}/)[2];
}
