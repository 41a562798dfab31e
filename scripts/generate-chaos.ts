/**
 * Renders the newest result under `test/chaos/results/` into `docs/chaos.md`, between its two marks. `--check` writes nothing and
 * exits 1 when the file is not up to date.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChaosResult } from '../test/chaos/chaos-result.ts';
import { chaosText } from '../test/chaos/chaos-text.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'test/chaos/results');
const file = join(root, 'docs/chaos.md');
const BEGIN = '<!-- results: written by scripts/generate-chaos.ts -->';
const END = '<!-- end of results -->';

/** The newest: their names are dates. */
function newest(): string {
  const names = (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.endsWith('.json'));
  const last = names.toSorted().at(-1);
  if (last === undefined) return 'No long run has been kept yet.';
  return chaosText(JSON.parse(readFileSync(join(folder, last), 'utf8')) as ChaosResult);
}

const text = readFileSync(file, 'utf8');
const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
if (from === -1 || to < from) throw new Error(`docs/chaos.md has not both marks: ${BEGIN} and ${END}`);
const rendered = `${text.slice(0, from + BEGIN.length)}\n\n${newest()}\n\n${text.slice(to)}`;
if (!process.argv.includes('--check')) writeFileSync(file, rendered);
else if (rendered !== text) {
  console.error('docs/chaos.md is not what test/chaos/results says; run: node scripts/generate-chaos.ts');
  process.exitCode = 1;
}
