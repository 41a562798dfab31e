import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Price } from '../policy/count-spec.ts';
import { readCosts } from './read-costs.ts';

const total: Price = {
  name: 'total',
  unit: 'tokens',
  estimate: 1,
  reply: { kind: 'result', pointer: '/usage/total_tokens' },
};
const odd: Price = { name: 'odd', unit: 'tokens', estimate: 1, reply: { kind: 'result', pointer: '/a~1b/~0c' } };
const fee: Price = { name: 'fee', unit: 'USD/6', estimate: 1, reply: { kind: 'meta', member: 'example.com/cost' } };
const fixed: Price = { name: 'fixed', unit: 'units', estimate: 7 };

function costsOf(result: string, ...prices: readonly Price[]): object {
  const bytes = Buffer.from(`{"jsonrpc":"2.0","id":1,"result":${result}}`);
  return Object.fromEntries(readCosts(bytes, prices));
}

suite('readCosts()', () => {
  test('reads structured results and _meta, by the rules that ask', () => {
    const result = '{"content":[],"structuredContent":{"usage":{"total_tokens":12}},"_meta":{"example.com/cost":250}}';
    assert.deepEqual(costsOf(result, total, fee, fixed), { total: 12, fee: 250 });
    assert.deepEqual(costsOf('{"structuredContent":{"a/b":{"~c":3}}}', odd), { odd: 3 });
  });

  test('rounds up, and counts nothing as nothing', () => {
    assert.deepEqual(costsOf('{"structuredContent":{"usage":{"total_tokens":1.01}}}', total), { total: 2 });
    assert.deepEqual(costsOf('{"structuredContent":{"usage":{"total_tokens":0}}}', total), { total: 0 });
  });

  for (const said of ['-1', '"12"', 'null', 'true', '1e300', '1e999', '1099511627777', '[1]', '{"n":1}']) {
    test(`does not believe ${said}`, () => {
      assert.deepEqual(costsOf(`{"structuredContent":{"usage":{"total_tokens":${said}}}}`, total), {});
    });
  }

  test('finds nothing where nothing stands, or the same thing twice', () => {
    for (const result of [
      '{}',
      '[]',
      '7',
      '{"structuredContent":[{"usage":{"total_tokens":1}}]}',
      '{"structuredContent":{"usage":{"total_tokens":1,"total_tokens":2}}}',
      '{"structuredContent":{"usage":{"total_tokens":9}},"structuredContent":{}}',
    ]) {
      assert.deepEqual(costsOf(result, total), {}, result);
    }
  });
});
