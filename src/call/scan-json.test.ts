import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { MAX_VALUES, type ScanFault, scanItems, scanJson, type ScannedValue, type ScanPlan } from './scan-json.ts';

const TOP: ScanPlan = new Map();

function scan(text: string, plan = TOP): ScannedValue | undefined {
  const found = scanJson(Buffer.from(text), plan);
  return typeof found === 'string' ? undefined : found;
}

function faultOf(text: string): ScanFault | undefined {
  const found = scanJson(Buffer.from(text), TOP);
  return typeof found === 'string' ? found : undefined;
}

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

suite('scanJson()', () => {
  test('finds the text of each member', () => {
    const text = ' { "a" : [1, "]"] , "b\\u0063": {"x":"}"}, "d": -1.50e+3 } ';
    const members = scan(text)?.members ?? new Map<string, ScannedValue>();
    const texts = [...members].map(([key, { start, end }]) => [key, text.slice(start, end)]);
    assert.deepEqual(texts, [
      ['a', '[1, "]"]'],
      ['bc', '{"x":"}"}'],
      ['d', '-1.50e+3'],
    ]);
  });

  test('looks into what the plan names and no further', () => {
    const found = scan('{"a":{"b":{"c":1}},"d":{"e":1}}', new Map([['a', TOP]]));
    assert.deepEqual([...(found?.members?.get('a')?.members?.keys() ?? [])], ['b']);
    assert.equal(found?.members?.get('a')?.members?.get('b')?.members, undefined);
    assert.equal(found?.members?.get('d')?.members, undefined);
  });

  test('accepts numbers that no double holds and escapes of lone surrogates: they are not read', () => {
    assert.ok(scan('{"n":123456789012345678901234567890.5e400,"s":"\\ud800"}'));
  });

  test('refuses a key twice where it looks, escaped or not', () => {
    assert.equal(scan('{"a":1,"a":2}'), undefined);
    assert.equal(scan('{"a":1,"\\u0061":2}'), undefined);
    assert.ok(scan('{"a":{"b":1,"b":2}}'));
    assert.equal(scan('{"a":{"b":1,"b":2}}', new Map([['a', TOP]])), undefined);
    assert.equal(scan(`{${'"a":1,'.repeat(100)}"b":2}`), undefined);
  });

  for (const text of [
    '',
    '{',
    '{"a"}',
    '{"a":1,}',
    '[1,]',
    '{"a":1}x',
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":NaN}',
    '"a',
    '"a\\"',
    '{"a":tru}',
    '{a:1}',
    "{'a':1}",
    '{"a":1 /* */}',
    '\ufeff{}',
  ]) {
    test(`refuses ${JSON.stringify(text)}`, () => assert.equal(scan(text), undefined));
  }

  test('follows 128 levels and no more', () => {
    assert.ok(scan(nested(128)));
    assert.equal(scan(nested(129)), undefined);
    assert.equal(scan(nested(1_000_000)), undefined);
  });

  test('takes linear time for long runs of backslashes and escaped quotes', () => {
    assert.ok(scan(`{"a":"${'\\\\'.repeat(500_000)}"}`));
    assert.ok(scan(`{"a":"${'\\"'.repeat(500_000)}"}`));
    assert.ok(scan(`{"a":"${`\\"${'x'.repeat(40)}`.repeat(50_000)}"}`));
  });

  test('finds the end of a string wherever quotes and backslashes stand in it', () => {
    const piece = fc.constantFrom('"', '\\', 'x', 'x'.repeat(31), 'y'.repeat(33), 'z'.repeat(70));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = JSON.stringify([pieces.join('')]);
        assert.equal(scan(text)?.end, text.length);
        assert.equal(scan(text.slice(0, -2)), undefined);
      }),
    );
  });

  test('counts values at every depth and stops at the bound', () => {
    const list = (count: number): string => `[${'1,'.repeat(count - 1)}1]`;
    assert.equal(faultOf(`{"a":${list(MAX_VALUES - 2)}}`), undefined);
    assert.equal(faultOf(`{"a":${list(MAX_VALUES - 1)}}`), 'too-many');
    assert.equal(faultOf(`[${'[],'.repeat(MAX_VALUES)}]`), 'too-many');
  });

  for (const text of ['0', '-0', '0.5', '-1.25E-7', '1e+9', '10', 'true', 'false', 'null']) {
    test(`takes ${text}`, () => assert.ok(scan(`{"a":${text}}`)));
  }
  for (const text of [
    '-',
    '1.',
    '1.e1',
    '1e',
    '1e+',
    '00',
    '-01',
    '0x1',
    '1_0',
    'nul',
    'nulll',
    'Null',
    '1 1',
    '1'.repeat(1025),
  ]) {
    test(`refuses ${text.slice(0, 10)}`, () => assert.equal(faultOf(`{"a":${text}}`), 'malformed'));
  }

  test('agrees with JSON.parse about every member of every object', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 3 })),
        fc.nat(4),
        (object, indent) => {
          const text = JSON.stringify(object, null, indent);
          const bytes = Buffer.from(text);
          const members = scan(text)?.members ?? new Map<string, ScannedValue>();
          const read = [...members].map(([key, { start, end }]) => [
            key,
            JSON.parse(bytes.toString('utf8', start, end)),
          ]);
          assert.deepEqual(read, Object.entries(JSON.parse(text)));
        },
      ),
    );
  });

  test('accepts whatever JSON.parse accepts, and refuses nothing else but structure', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 3 }),
        fc.nat(),
        fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '\\', '1', 'e'),
        (value, at, mark) => {
          const text = JSON.stringify([value]);
          const place = at % text.length;
          const spoilt = text.slice(0, place) + mark + text.slice(place + 1);
          // What a parser refuses inside a string or number is no concern here; what it accepts must be found.
          assert.ok(!accepts(spoilt) || scan(spoilt) !== undefined, spoilt);
        },
      ),
    );
  });
});

suite('scanItems()', () => {
  test('finds each item of an array', () => {
    const text = '{"list":[ {"a":1}, [2], "x" ]}';
    const list = scan(text)?.members?.get('list');
    assert.ok(list);
    const items = scanItems(Buffer.from(text), list, 3, TOP);
    assert.ok(typeof items !== 'string');
    assert.deepEqual(
      items.map(({ start, end }) => text.slice(start, end)),
      ['{"a":1}', '[2]', '"x"'],
    );
  });

  test('does not look into an item with a key twice, nor into one with too many', () => {
    const many = Object.fromEntries(Array.from({ length: 4097 }, (_, index) => [`k${index}`, { a: 1 }]));
    const bytes = Buffer.from(`[{"a":{"c":1},"a":{"b":2},"d":3},{"a":1},${JSON.stringify(many)},{}]`);
    const items = scanItems(bytes, { start: 0, end: bytes.length }, 9, new Map([['a', TOP]]));
    assert.ok(typeof items !== 'string');
    assert.deepEqual(
      items.map(({ members }) => members && [...members.keys()]),
      [undefined, ['a'], undefined, []],
    );
    assert.equal(
      Buffer.from(bytes.subarray(items[0]?.start, items[0]?.end)).toString(),
      '{"a":{"c":1},"a":{"b":2},"d":3}',
    );
  });

  test('says that there are more items than wanted', () => {
    const bytes = Buffer.from('[1,2,3]');
    assert.equal(scanItems(bytes, { start: 0, end: bytes.length }, 2), 'too-many');
    assert.equal(scanItems(Buffer.from('[]'), { start: 0, end: 2 }, 0).length, 0);
  });
});

function accepts(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
