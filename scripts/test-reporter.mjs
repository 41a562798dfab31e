/**
 * A reporter for `node --test`: one line a file, every skipped test with its reason, every failure whole and last, then
 * the runner's own closing counts (`ℹ tests 12` …). A run that executed no test is an error.
 */
import { relative } from 'node:path';
import { inspect } from 'node:util';

/** A suite that failed only because a test in it did is not told again. */
function isOwnFailure({ details }) {
  return details.error?.failureType !== 'subtestsFailed';
}

function place({ file, line }) {
  return file === undefined ? '' : `${relative(process.cwd(), file)}${line === undefined ? '' : `:${line}`}`;
}

function describe({ names, data }) {
  const error = data.details.error?.cause ?? data.details.error;
  const text = error instanceof Error || typeof error === 'object' ? inspect(error, { depth: 6 }) : String(error);
  return `\n✖ ${names.join(' › ')}\n  ${place(data)}\n${text.replace(/^/gm, '  ')}\n`;
}

function fileLine({ file, counts, duration_ms: durationMs, success }) {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  const failed = counts.failed > 0 ? `, ${counts.failed} failed` : '';
  return `${success ? '✔' : '✖'} ${place({ file })}  ${counts.tests} tests${failed}${skipped}  ${Math.round(durationMs)} ms\n`;
}

// oxlint-disable-next-line import/no-default-export -- the test runner loads a reporter by its default export
export default async function* report(events) {
  const names = [];
  const failures = [];
  let executed = 0;
  for await (const { type, data } of events) {
    if (type === 'test:start') names.splice(data.nesting, Infinity, data.name);
    if (type === 'test:fail' && isOwnFailure(data))
      failures.push({ names: [...names.slice(0, data.nesting), data.name], data });
    if (type === 'test:pass' && typeof data.skip === 'string') yield `↷ ${data.name}: ${data.skip}\n`;
    if (type === 'test:stderr' || type === 'test:stdout') yield data.message;
    if (type === 'test:summary' && data.file !== undefined) yield fileLine(data);
    if (type === 'test:summary' && data.file === undefined) executed = data.counts.passed + data.counts.failed;
    if (
      type === 'test:diagnostic' &&
      data.nesting === 0 &&
      /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(data.message)
    ) {
      if (data.message.startsWith('tests ')) yield* failures.map(describe);
      yield `ℹ ${data.message}\n`;
    }
  }
  if (executed === 0) {
    process.exitCode = 1;
    yield 'no test was executed\n';
  }
}
