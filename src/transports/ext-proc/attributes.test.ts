import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { JsonValue } from '../../kit/json.ts';
import { attributesOf } from './attributes.ts';

const of = (own: readonly (readonly [string, JsonValue])[], filter = 'envoy.filters.http.ext_proc') =>
  attributesOf({ attributes: new Map([[filter, new Map(own)]]) });

suite('attributesOf()', () => {
  test('reads what Envoy says of the exchange', () => {
    const read = of([
      ['xds.route_name', 'files'],
      ['source.address', '10.1.2.3:41000'],
      ['destination.address', '10.99.0.1:8843'],
      ['destination.port', 8843],
      ['connection.peer_certificate', 'PEM'],
      ['response.code_details', 'via_upstream'],
      ['upstream.request_attempt_count', 2],
    ]);
    assert.deepEqual(read, {
      routeName: 'files',
      source: {
        address: { kind: 'socket', address: '10.1.2.3', port: 41_000 },
        service: '',
        principal: '',
        certificate: 'PEM',
      },
      destination: { kind: 'socket', address: '10.99.0.1', port: 8843 },
      port: 8843,
      codeDetails: 'via_upstream',
      attempts: 2,
    });
  });

  test('reads an address of version 6', () => {
    const { source } = of([['source.address', '[2001:db8::1]:443']]);
    assert.deepEqual(source.address, { kind: 'socket', address: '2001:db8::1', port: 443 });
  });

  test('has nothing where nothing is said, something else, or by another filter', () => {
    const nothing = {
      routeName: undefined,
      source: { address: undefined, service: '', principal: '', certificate: '' },
      destination: undefined,
      port: undefined,
      codeDetails: undefined,
      attempts: undefined,
    };
    assert.deepEqual(attributesOf({ attributes: new Map() }), nothing);
    assert.deepEqual(of([['xds.route_name', 'files']], 'other'), nothing);
    assert.deepEqual(
      of([
        ['xds.route_name', 7],
        ['source.address', '/run/agent.sock'],
        ['destination.address', 8843],
        ['destination.port', '8843'],
        ['connection.peer_certificate', null],
        ['response.code_details', ['via_upstream']],
      ]),
      nothing,
    );
  });
});
