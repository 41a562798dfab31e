import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { BulkheadSettings } from '../../catalogue/bulkhead-settings.ts';
import { type Boarding, Bulkheads } from './bulkheads.ts';

const SETTINGS: BulkheadSettings = { calls: 20, connections: 10, callsPerTool: 10, keptPerTenant: 2, bytes: 1000 };
const CALL: Boarding = { server: 'files', tool: 'read', tenant: 'acme', priority: 'interactive', bytes: 10 };

function bench(settings: Partial<BulkheadSettings> = {}) {
  const bulkheads = new Bulkheads();
  bulkheads.enforce([['files', { ...SETTINGS, ...settings }]]);
  const places: Disposable[] = [];
  /** Boards calls until one is refused. */
  const crowd = (call: Partial<Boarding> = {}): [number, string | undefined] => {
    for (let count = 0; ; count += 1) {
      const place = bulkheads.board({ ...CALL, ...call });
      if (typeof place !== 'object') return [count, place];
      places.push(place);
    }
  };
  return { bulkheads, places, crowd, now: () => [...bulkheads.list()] };
}

suite('Bulkheads.board()', () => {
  test('holds a tenant to what others leave, the tool to its calls, and the server to all of them', () => {
    const { crowd } = bench();
    assert.deepEqual(crowd(), [8, 'tenant']);
    assert.deepEqual(crowd({ tenant: 'globex' }), [2, 'tool']);
    assert.deepEqual(crowd({ tool: 'write' }), [8, 'tenant']);
    assert.deepEqual(crowd({ tool: undefined }), [2, 'server']);
  });

  test('leaves the last places to the classes above', () => {
    const { crowd } = bench({ keptPerTenant: 0 });
    assert.deepEqual(crowd({ priority: 'speculative' }), [5, 'tool']);
    assert.deepEqual(crowd({ priority: 'batch' }), [2, 'tool']);
    assert.deepEqual(crowd({ priority: 'interactive' }), [3, 'tool']);
    assert.deepEqual(crowd({ priority: 'batch', tool: 'write' }), [0, 'server']);
    assert.deepEqual(crowd({ priority: 'interactive', tool: 'write' }), [10, 'server']);
  });

  test('holds the bytes of bodies in progress to their sum, and lets one body pass however large', () => {
    const { crowd, bulkheads } = bench();
    assert.deepEqual(crowd({ bytes: 400 }), [2, 'bytes']);
    assert.equal(typeof bulkheads.board({ ...CALL, bytes: 200 }), 'object');
    const alone = bench();
    assert.deepEqual(alone.crowd({ bytes: 5000 }), [1, 'bytes']);
  });

  test('has room again for each that is over, once', () => {
    const { bulkheads, places, crowd, now } = bench({ keptPerTenant: 0 });
    crowd();
    assert.deepEqual(now(), [['files', 10, 100]]);
    assert.equal(bulkheads.businessOf('files'), 1);
    assert.equal(bulkheads.businessOf('files', 5), 1.5);
    places[0]?.[Symbol.dispose]();
    places[0]?.[Symbol.dispose]();
    assert.deepEqual(now(), [['files', 9, 90]]);
    assert.deepEqual(crowd(), [1, 'tool']);
  });

  test('counts on over a reload, by its sizes of then', () => {
    const { bulkheads, places, crowd, now } = bench({ keptPerTenant: 0 });
    crowd();
    bulkheads.enforce([['files', { ...SETTINGS, keptPerTenant: 0, callsPerTool: 4, calls: 5, connections: 5 }]]);
    assert.equal(bulkheads.businessOf('files'), 2);
    assert.deepEqual(crowd(), [0, 'server']);
    for (const place of places) place[Symbol.dispose]();
    assert.deepEqual(now(), [['files', 0, 0]]);
    assert.deepEqual(crowd(), [4, 'tool']);
  });

  test('holds nothing at a server that it was not told of', () => {
    const { bulkheads } = bench();
    assert.equal(bulkheads.board({ ...CALL, server: 'unheard' }), undefined);
    assert.equal(bulkheads.businessOf('unheard'), 0);
  });
});
