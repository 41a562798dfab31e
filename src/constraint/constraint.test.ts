import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cpuMsOf } from '../kit/cpu-ms-of.fixture.ts';
import { fromPlain, type JsonObject } from '../kit/json.ts';
import { compileConstraint, ConstraintError } from './constraint.ts';

/** `[spec, accepted values, refused values]` for each word of the vocabulary. */
const TABLE: readonly (readonly [object, readonly unknown[], readonly unknown[]])[] = [
  [{ c: 'exact', value: 'a' }, ['a'], ['A', 'a ', 'á', 1, null, ['a']]],
  [{ c: 'exact', value: 'é' }, ['é'], ['e\u0301']],
  [{ c: 'exact', value: { a: [1] } }, [{ a: [1] }], [{ a: [2] }, { a: [1], b: 1 }, {}]],
  [{ c: 'exact', value: null }, [null], [false, 0, '']],
  [{ c: 'one_of', values: ['a', 1, [1]] }, ['a', 1, 1.0, [1]], ['1', 'b', [2], true, 'constructor', 'toString']],
  [{ c: 'not_one_of', values: ['a', { b: 1 }] }, ['b', null, {}], ['a', { b: 1 }]],
  [{ c: 'range', min: 1, max: 100 }, [1, 100, 1.5], [0, 101, '5', true, null, [5]]],
  [{ c: 'range', exclusive_min: 0, exclusive_max: 1 }, [0.5], [0, 1]],
  [{ c: 'range', max: 9007199254740991 }, [9007199254740991], [9007199254740992]],
  [{ c: 'len', min: 1, max: 2 }, ['a', '😀😀', [1], { a: 1 }], ['', '😀😀😀', [], [1, 2, 3], {}, 5, null]],
  [{ c: 'contains', values: ['a', 'b'] }, [['b', 'x', 'a']], [['a'], [], 'ab', { a: 1, b: 2 }]],
  [{ c: 'subset', values: ['a', 'b'] }, [[], ['a', 'a']], [['a', 'c'], 'a', null]],
  [{ c: 'wildcard' }, [null, 1, 'a', [], {}], []],
  [
    {
      c: 'all',
      of: [
        { c: 'range', min: 1 },
        { c: 'range', max: 3 },
      ],
    },
    [2],
    [0, 4],
  ],
  [
    {
      c: 'any',
      of: [
        { c: 'exact', value: 'a' },
        { c: 'range', max: 3 },
      ],
    },
    ['a', 2],
    ['b', 4],
  ],
  [
    { c: 'path_under', root: '/workspace' },
    ['/workspace', '/workspace/a.txt', '/workspace/a/.b'],
    [
      '/workspace/../etc/passwd',
      '/workspace_evil/a',
      '/etc/passwd',
      'workspace/a',
      '/workspace/',
      '',
      '/WORKSPACE/a',
      1,
    ],
  ],
  [{ c: 'path_under', root: 'src' }, ['src/a'], ['/src/a', '../src/a', 'srcx']],
  [{ c: 'path_under', root: '.' }, ['a', 'a/b'], ['', '/a', '..', '../a', '~/a']],
  [
    { c: 'url', hosts: ['example.com', '*.example.org'] },
    ['https://example.com/', 'https://EXAMPLE.com', 'https://example.com:443/a', 'https://a.b.example.org/?q'],
    [
      'http://example.com/',
      'https://example.com:8443/',
      'https://example.com.evil/',
      'https://evil.com/example.com',
      'https://evil.com\\@example.com/',
      'https://example.com@evil.com/',
      'https://example.org/',
      'https://example.com./',
      1,
    ],
  ],
  [
    { c: 'url', hosts: ['example.com'], schemes: ['http', 'https'], ports: [80, 8443], path_under: '/docs' },
    ['http://example.com/docs', 'https://example.com:8443/docs/a/'],
    [
      'https://example.com/docs',
      'http://example.com/docsx',
      'http://example.com/docs/../x',
      'http://example.com/docs/..;/x',
      'http://example.com/docs/%2e%2e/x',
    ],
  ],
  [
    { c: 'url', public_only: true },
    ['https://example.com/', 'https://8.8.8.8/'],
    [
      'https://127.0.0.1/',
      'https://0x7f.1/',
      'https://[::ffff:127.0.0.1]/',
      'https://169.254.169.254/',
      'https://localhost/',
    ],
  ],
  [
    { c: 'cidr', ranges: ['10.0.0.0/8', '2001:db8::/32'] },
    ['10.1.2.3', '::ffff:10.0.0.1', '2001:db8::5'],
    ['11.0.0.1', '10.0.0.1/32', '010.0.0.1', '0xa.1', '::a00:1', '', 10],
  ],
  [{ c: 're2', pattern: '[a-z]+' }, ['abc'], ['abc1', '1abc', '', 'abc\n', 5]],
  [
    { c: 'schema', schema: { type: 'object', properties: { a: { type: 'string' } } } },
    [{ a: 'x' }, {}],
    [{ a: 1 }, { b: 1 }, 5],
  ],
  [{ c: 'cel', expr: 'value > 3 && value < 5' }, [4, 3.5], [3, 5, 'x', null, {}]],
];

suite('compileConstraint()', () => {
  for (const [spec, accepted, refused] of TABLE) {
    const text = JSON.stringify(spec);
    const constraint = compileConstraint(fromPlain(spec));
    test(`${text} accepts what it names`, () => {
      for (const value of accepted) assert.equal(constraint.check(fromPlain(value)), undefined, JSON.stringify(value));
    });
    test(`${text} refuses anything else, in words`, () => {
      for (const value of refused) {
        const violation = constraint.check(fromPlain(value));
        assert.match(violation?.message ?? '', /^(?:must be|is not) /, JSON.stringify(value));
        assert.notEqual(violation?.allowed, '');
      }
    });
  }

  for (const [spec, pointer, message, suggestion] of [
    [{ c: 'rang', max: 1 }, '/c', 'unknown constraint', 'Did you mean "range"?'],
    [{ c: 'range', mx: 1 }, '/mx', 'unknown member', 'Did you mean "max"?'],
    [{ c: 'constructor' }, '/c', 'unknown constraint', /^Known constraints: exact/],
    [{ c: 'range', optional: true }, '/optional', 'unknown member', /^Known members/],
    [{ c: 'range' }, '/min', 'a range needs at least one bound', 'Give min or max.'],
    [{ c: 'range', max: '1' }, '/max', 'must be a number, not a string', undefined],
    [{ c: 'range', min: 2, max: 1 }, '/max', 'no number is at least 2 and at most 1', undefined],
    [{ c: 'len', max: 1.5 }, '/max', 'must be a whole number of at least 0', undefined],
    [{ c: 'one_of', values: [] }, '/values', 'must not be empty', undefined],
    [{ c: 'any', of: [{ c: 'exact' }] }, '/of/0', 'needs the member "value"', undefined],
    [{ c: 'path_under', root: '/a/' }, '/root', /without empty segments/, /^Write it as/],
    [{ c: 'url' }, '/hosts', /needs the list hosts/, /hosts: \["\*"\]/],
    [{ c: 'url', hosts: ['https://a'] }, '/hosts/0', 'must be a host', /^For example/],
    [{ c: 'url', hosts: ['a.com'], schemes: ['file'] }, '/schemes/0', /must be one of https/, undefined],
    [{ c: 'cidr', ranges: ['10.0.0.1/8'] }, '/ranges/0', /zero host bits/, /10\.0\.0\.0\/8/],
    [{ c: 're2', pattern: '(?=a)' }, '/pattern', /RE2 cannot compile/, /Look-around/],
    [{ c: 'schema', schema: { type: 'strng' } }, '/schema/type', /must be one of null/, undefined],
    [{ c: 'cel', expr: 'vlue > 1' }, '/expr', /unknown variable "vlue"/, 'Did you mean value?'],
    ['range', '', 'a constraint is an object with c, not a string', undefined],
    [{}, '/c', 'must name the constraint', /^Known constraints/],
  ] as const) {
    test(`says what is wrong with ${JSON.stringify(spec)}`, () => {
      assert.throws(
        () => compileConstraint(fromPlain(spec)),
        (error) => {
          assert.ok(error instanceof ConstraintError);
          assert.equal(error.pointer, pointer);
          assert.match(error.message, asPattern(message));
          assert.match(error.suggestion ?? '', asPattern(suggestion ?? ''));
          return true;
        },
      );
    });
  }

  test('refuses constraints nested without end', () => {
    let spec: JsonObject = new Map([['c', 'wildcard']]);
    for (let depth = 0; depth < 20; depth++)
      spec = new Map<string, string | JsonObject[]>([
        ['c', 'all'],
        ['of', [spec]],
      ]);
    assert.throws(() => compileConstraint(spec), ConstraintError);
  });

  test('judges a hostile pattern and text in linear time', () => {
    const spentMs = cpuMsOf(() => {
      const constraint = compileConstraint(fromPlain({ c: 're2', pattern: '(a+)+' }));
      assert.notEqual(constraint.check(`${'a'.repeat(50_000)}!`), undefined);
    });
    assert.ok(spentMs < 2_000, `${spentMs} ms`);
  });
});

function asPattern(text: string | RegExp): RegExp {
  return typeof text === 'string' ? new RegExp(`^${RegExp.escape(text)}$`, 'u') : text;
}
