import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type Authority,
  type Certificate,
  type CertificateTraits,
  makeAuthority,
} from '../../src/transports/proxy/certificates.fixture.ts';
import { type StartedSallyport, startSallyport } from '../e2e/start-sallyport.ts';
import { bodyOf, callEcho, listTools, statusOf } from './echo-call.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { outcomes, toldRecords } from './outcomes.ts';
import { type RecordedUpstream, startRecorded } from './recorded-upstream.ts';
import { WIRINGS } from '../e2e/carriers.ts';
import { type RenderedOptions, startRendered } from './start-rendered.ts';
import type { RunningEnvoy } from './start-envoy.ts';

const ENVOY = 'spiffe://acme/ns/edge/envoy';
const SALLYPORT = 'spiffe://acme/ns/edge/sallyport';

for (const wiring of WIRINGS) {
  for (const engine of ['http2', 'grpc-js'] as const) {
    suite(`a listener that Envoy asks over TLS (${wiring}, ${engine})`, { skip: whyNoEnvoy() }, () => {
      let mesh: Authority;
      let upstream: RecordedUpstream;
      let sallyport: StartedSallyport;
      before(async () => {
        mesh = makeAuthority('mesh', 'P-256');
        upstream = await startRecorded();
        const { cert, key } = mesh.issue('sallyport', [`uri:${SALLYPORT}`]);
        const door = wiring === 'authorize' ? 'ext_authz' : 'ext_proc';
        const tls = `{ certificate: own.pem, key: own.key, client_ca: mesh.pem, client_spiffe_ids: ["${ENVOY}"] }`;
        sallyport = await startSallyport({
          servers: { files: upstream.url },
          listeners: `{ agents: { door: ${door}, bind: "127.0.0.1:0", engine: ${engine}, tls: ${tls} } }`,
          files: { 'own.pem': cert, 'own.key': key, 'mesh.pem': mesh.ca },
        });
      });
      after(async () => {
        await sallyport.close();
        await upstream.close();
      });

      const start = async (
        own: Certificate,
        more: Pick<RenderedOptions, 'edit'> & { readonly name?: string; readonly ca?: string } = {},
      ): Promise<RunningEnvoy> =>
        await startRendered({
          config: join(sallyport.folder, 'sallyport.yaml'),
          render: {
            sallyportAddress: new URL(sallyport.url('files')).host,
            ...(more.name === undefined ? {} : { sallyportName: more.name }),
          },
          files: { envoyCert: own.cert, envoyKey: own.key, sallyportCa: more.ca ?? mesh.ca },
          ...(more.edit === undefined ? {} : { edit: more.edit }),
        });
      const envoyCertificate = (id = ENVOY, traits?: CertificateTraits): Certificate =>
        mesh.issue('envoy', [`uri:${id}`], traits);

      test('carries calls, judged replies and outcomes of an Envoy that shows the right certificate', async () => {
        await using envoy = await start(envoyCertificate(), {});
        await upstream.forget();
        const [called, listed] = [await callEcho(envoy.url), await listTools(envoy.url)];
        assert.deepEqual([statusOf(called), statusOf(listed)], [200, 200], bodyOf(called));
        assert.match(bodyOf(listed), /"name":"echo"/);
        assert.equal(upstream.seen.length, 2);
        assert.deepEqual(
          (await outcomes(sallyport.folder, 2)).map(({ kind }) => kind),
          ['answered', 'answered'],
        );
        while (((await envoy.stats('health_check.success')).get('cluster.sallyport.health_check.success') ?? 0) === 0) {
          await pause(25);
        }
      });

      const refused = async (envoy: RunningEnvoy): Promise<void> => {
        await upstream.forget();
        const known = await toldRecords(sallyport.folder);
        const answer = await callEcho(envoy.url);
        assert.equal(statusOf(answer), 503, bodyOf(answer));
        assert.deepEqual(upstream.seen, []);
        assert.deepEqual(await toldRecords(sallyport.folder), known);
      };

      const wrong: readonly (readonly [string, () => Certificate])[] = [
        ['of another authority', () => makeAuthority('mesh', 'P-256').issue('envoy', [`uri:${ENVOY}`])],
        ['that is not listed', () => envoyCertificate('spiffe://acme/ns/edge/agent')],
        ['of the same path in another trust domain', () => envoyCertificate('spiffe://example/ns/edge/envoy')],
        ['that has ended', () => envoyCertificate(ENVOY, { endsInMs: -60_000 })],
        ['that is not valid yet', () => envoyCertificate(ENVOY, { beginsInMs: 3_600_000 })],
        ['of an authority', () => envoyCertificate(ENVOY, { isCa: true })],
        ['whose key signs certificates', () => envoyCertificate(ENVOY, { keyUsage: 0x84 })],
        ['without a SPIFFE id', () => mesh.issue('envoy', ['dns:envoy.acme'])],
        ['with two ids', () => mesh.issue('envoy', [`uri:${ENVOY}`, 'uri:spiffe://acme/other'])],
      ];
      for (const [what, certificate] of wrong) {
        test(`answers nothing to an Envoy with a certificate ${what}`, async () => {
          await using envoy = await start(certificate());
          await refused(envoy);
        });
      }

      test('answers nothing to an Envoy that shows no certificate', async () => {
        const edit = (text: string): string =>
          text.replace(/^ *tls_certificates:\n.*\n.*\n(?= *# Needed: without)/m, '');
        await using envoy = await start(envoyCertificate(), { edit });
        await refused(envoy);
      });

      test('is not asked by an Envoy that expects another name, or another authority', async () => {
        for (const more of [
          { name: 'spiffe://acme/ns/edge/other' },
          { name: 'localhost' },
          { ca: makeAuthority('mesh', 'P-256').ca },
        ]) {
          await using envoy = await start(envoyCertificate(), more);
          await refused(envoy);
        }
      });

      // The last one: from here on the certificates are others.
      test('shows and takes other certificates once its files are renewed', async () => {
        const next = makeAuthority('mesh', 'P-256');
        const { cert, key } = next.issue('sallyport', [`uri:${SALLYPORT}`]);
        await writeFile(join(sallyport.folder, 'own.key'), key);
        assert.equal(await sallyport.reload(), 'failed', 'half of a renewal');
        await using old = await start(envoyCertificate(), { name: SALLYPORT });
        assert.equal(statusOf(await callEcho(old.url)), 200);
        await writeFile(join(sallyport.folder, 'own.pem'), cert);
        await writeFile(join(sallyport.folder, 'mesh.pem'), next.ca);
        assert.equal(await sallyport.reload(), 'swapped');
        await using envoy = await start(next.issue('envoy', [`uri:${ENVOY}`]), { ca: next.ca });
        assert.equal(statusOf(await callEcho(envoy.url)), 200);
        await using late = await start(envoyCertificate(), { name: SALLYPORT });
        await refused(late);
      });
    });
  }
}
