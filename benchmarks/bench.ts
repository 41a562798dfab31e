/**
 * The side-by-side benchmarks, `npm run bench`: every part against the same floors in the same run. Needs built files and Linux.
 *
 *   node benchmarks/bench.ts [direct] [envoy] [memory] [limits] [--short] [--write]
 *
 * Without a part all are run. `--short` is to see that everything works; its numbers say little and are not kept. `--write` keeps
 * the results under `benchmarks/results/` and renders `docs/benchmarks.md` from them. The long form takes some thirty minutes
 * and wants a machine that does nothing else.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LIMITS_FORMS, runLimits } from './limits/limits.ts';
import { ENVOY_FORMS, runEnvoy } from './path/envoy.ts';
import { DIRECT_FORMS, runDirect } from './peers/direct.ts';
import { MEMORY_FORMS, runMemory } from './peers/memory.ts';
import { partText } from './render-part.ts';
import { type BenchResult, writeResult } from './result.ts';

type Form = 'short' | 'long';

const PARTS: Readonly<Record<string, (form: Form) => Promise<BenchResult>>> = {
  direct: (form) => runDirect(DIRECT_FORMS[form]),
  envoy: (form) => runEnvoy(ENVOY_FORMS[form]),
  memory: (form) => runMemory(MEMORY_FORMS[form]),
  limits: (form) => runLimits(LIMITS_FORMS[form]),
};

const { values, positionals } = parseArgs({
  options: { short: { type: 'boolean' }, write: { type: 'boolean' } },
  allowPositionals: true,
});
if (values.short === true && values.write === true)
  throw new Error('a short run is not kept: leave out --short or --write');
const wanted = positionals.length === 0 ? Object.keys(PARTS) : positionals;
for (const name of wanted) {
  const part = PARTS[name];
  if (part === undefined) throw new Error(`no such part: ${name}. There are: ${Object.keys(PARTS).join(', ')}`);
  const result = await part(values.short === true ? 'short' : 'long');
  console.log(partText(result));
  if (values.write === true) console.log(`written: ${await writeResult(result)}\n`);
}
if (values.write === true) {
  spawnSync(process.execPath, [fileURLToPath(new URL('../scripts/generate-benchmarks.ts', import.meta.url))], {
    stdio: 'inherit',
  });
}
process.exit();
