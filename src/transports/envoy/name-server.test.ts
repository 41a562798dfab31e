import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SERVER } from './envoy-server.fixture.ts';
import type { EnvoyServer } from './envoy-assembly.ts';
import { nameServer, type ShownPlace } from './name-server.ts';
import type { EnvoyAddress } from './read-address.ts';

const FILES = SERVER;
const MAIL: EnvoyServer = { ...SERVER, name: 'mail' };
const servers = {
  servers: new Map([
    ['files', FILES],
    ['mail', MAIL],
  ]),
  dialled: new Map([
    ['10.0.0.1:80', FILES],
    ['[2001:db8::1]:80', MAIL],
  ]),
};
const at = (address: string, port = 80): EnvoyAddress => ({ kind: 'socket', address, port });
const byDestination = (destination: EnvoyAddress | undefined, named?: string): string => {
  const found = nameServer(servers, 'original_destination', { destination, named });
  return found.kind === 'named' ? found.server.name : found.operatorDetail;
};
const byRoute = (shown: Partial<ShownPlace>): string => {
  const found = nameServer(servers, 'route', { named: undefined, destination: undefined, ...shown });
  return found.kind === 'named' ? found.server.name : found.operatorDetail;
};

suite('nameServer()', () => {
  test('takes the word of the route, and looks at nothing else', () => {
    assert.equal(byRoute({ named: 'mail' }), 'mail');
    assert.equal(byRoute({ named: 'mail', destination: at('10.0.0.1') }), 'mail');
    for (const named of [undefined, '', 'Files', '10.0.0.1:80']) assert.match(byRoute({ named }), /names no server/);
    assert.match(byRoute({ destination: at('10.0.0.1') }), /names no server/);
  });

  test('takes what was dialled, however it is spelt', () => {
    assert.equal(byDestination(at('10.0.0.1')), 'files');
    assert.equal(byDestination(at('::ffff:10.0.0.1')), 'files');
    assert.equal(byDestination(at('2001:DB8:0::1')), 'mail');
  });

  test('refuses what is nobody’s, or cannot be told', () => {
    assert.match(byDestination(at('10.0.0.1', 81)), /^10\.0\.0\.1:81 was dialled, which is no server/);
    assert.match(byDestination(at('10.0.0.2'), 'files'), /^10\.0\.0\.2:80 was dialled/);
    for (const none of [
      undefined,
      at('files', 80),
      at('', 80),
      at('10.0.0.1', 0),
      { kind: 'pipe', path: '10.0.0.1:80' },
      { kind: 'internal', listener: 'x' },
    ] as const) {
      assert.match(byDestination(none, 'files'), /no address that was dialled/);
    }
  });

  test('refuses when the route names another server than was dialled', () => {
    assert.equal(byDestination(at('10.0.0.1'), 'files'), 'files');
    assert.match(byDestination(at('10.0.0.1'), 'mail'), /which is files, and the route names mail/);
    // The name of a route need not be that of a server.
    assert.equal(byDestination(at('10.0.0.1'), 'tools'), 'files');
  });
});
