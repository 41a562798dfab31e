import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fromPlain, isJsonObject, type JsonObject } from '../kit/json.ts';
import { readSubscribed, subscribedResources } from './subscribed-resources.ts';

function params(plain: unknown): JsonObject {
  const value = fromPlain(plain);
  return isJsonObject(value) ? value : assert.fail();
}
const filter = (resourceSubscriptions: unknown) => params({ notifications: { resourceSubscriptions } });

suite('readSubscribed()', () => {
  test('gives the URIs of the filter, in order', () => {
    assert.deepEqual(readSubscribed(filter(['a:1', 'b:2'])), ['a:1', 'b:2']);
  });

  test('gives none for a filter of other things, and without a filter', () => {
    assert.deepEqual(readSubscribed(params({ notifications: { toolsListChanged: true } })), []);
    assert.deepEqual(readSubscribed(params({})), []);
  });

  test('gives nothing for what is no bounded list of texts', () => {
    const many = Array.from({ length: 257 }, (_, index) => `a:${index}`);
    for (const odd of ['a:1', null, { 0: 'a:1' }, ['a:1', 2], [''], [['a:1']], many]) {
      assert.equal(readSubscribed(filter(odd)), undefined);
    }
  });
});

suite('subscribedResources()', () => {
  test('looks at subscriptions only', () => {
    const subscribed = filter(['a:1']);
    assert.deepEqual(subscribedResources({ operation: 'subscriptions/listen', params: subscribed }), ['a:1']);
    assert.deepEqual(subscribedResources({ operation: 'tools/list', params: subscribed }), []);
  });

  test('throws for what the reader refuses: nobody can tell then', () => {
    assert.throws(() => subscribedResources({ operation: 'subscriptions/listen', params: filter('a:1') }), TypeError);
  });
});
