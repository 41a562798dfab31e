/**
 * `decide()` alone on a 1 KB `tools/call`: allowed, denied, with a token that was not seen before, with 10 and 1 000 rules, and
 * the serialisation of its intent.
 *
 * Bars: warm allow ≤ 25 µs CPU; 1 000 rules ≤ 1.2 × 10 rules; serialisation ≤ 8 µs.
 */
import { measure, printMeasured } from '../measure.ts';
import { openBench } from './decide-bench.ts';

const few = await openBench({ rules: 10 });
const many = await openBench({ rules: 1000 });
const allowed = await few.request({ path: '/workspace/report.txt' });
const denied = await few.request({ path: '/etc/passwd' });
const allowedByMany = await many.request({ path: '/workspace/report.txt' });
const fresh = await few.freshRequests(4000, { path: '/workspace/report.txt' });

await few.expect(allowed, 'cleared');
await few.expect(denied, 'deny');
await many.expect(allowedByMany, 'cleared');

const cleared = await few.cleared(allowed);
let next = 0;
const measured = await measure([
  { name: 'allow, 10 rules (warm token)', run: () => few.decide(allowed) },
  { name: 'allow, 1 000 rules', run: () => many.decide(allowedByMany) },
  { name: 'deny because of an argument', run: () => few.decide(denied) },
  { name: 'one Ed25519 verification (floor of a cold token)', run: () => few.verifySignature(fresh[0]) },
  { name: 'serialisation of the intent', run: () => few.serialise(cleared) },
]);
printMeasured('decide() on a 1 KB tools/call', measured);
// A fresh token can be used once, so it is not run for as long as there is time.
const cold = await measure(
  [{ name: 'allow with a token not seen before', run: () => few.decide(fresh[next++ % fresh.length]) }],
  {
    rounds: 7,
    roundMs: 30,
  },
);
printMeasured('decide() with a cold token', cold);
await Promise.all([few, many].map((bench) => bench.close()));
