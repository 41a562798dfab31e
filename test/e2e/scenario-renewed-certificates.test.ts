import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { after, before, suite, test } from 'node:test';
import { connect } from 'node:tls';
import { makeAuthority } from '../../src/transports/proxy/certificates.fixture.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { AT_TLS } from './carriers.ts';
import { type Guarded, startGuarded } from './start-guarded.ts';

const authority = makeAuthority('the agents');
const issue = (): ReturnType<typeof authority.issue> => authority.issue('sallyport', ['ip:127.0.0.1']);
const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint256;

suite('certificates of a listener that were renewed in place', () => {
  const [first, second] = [issue(), issue()];
  let upstream: Upstream;
  let guarded: Guarded;
  before(async () => {
    upstream = await startV2();
    guarded = await startGuarded({
      servers: { tools: upstream.url },
      lines: { tools: AT_TLS.proxy },
      tls: { certificate: 'tls.crt', key: 'tls.key', clientCa: 'ca.crt' },
      files: { 'tls.crt': first.cert, 'tls.key': first.key, 'ca.crt': authority.ca },
    });
  });
  after(async () => {
    await guarded.close();
    await upstream.close();
  });

  async function shown(): Promise<string> {
    const { hostname, port } = new URL(guarded.url('tools', 'tls'));
    const socket = connect({ host: hostname, port: Number(port), ca: authority.ca });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  }

  test('are shown once the key fits, and not before: the last good ones stay meanwhile', async () => {
    assert.equal(await guarded.put('tls.crt', second.cert), 'failed');
    assert.equal(await shown(), fingerprintOf(first.cert));
    assert.match((await guarded.readyz()).body, /listeners\.tls\.tls: the certificates cannot be used/);
    assert.equal(await guarded.put('tls.key', second.key), 'swapped');
    assert.equal(await shown(), fingerprintOf(second.cert));
  });
});
