import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { RenderOptions } from '../../src/cli/envoy/run-render.ts';
import { lintEnvoy } from '../../src/cli/envoy/lint/lint-envoy.ts';
import { readEnvoyText } from '../../src/cli/envoy/lint/read-envoy-file.ts';
import { makeAuthority } from '../../src/transports/proxy/certificates.fixture.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { WIRINGS } from '../e2e/carriers.ts';
import { validate } from './run-envoy.ts';
import { rendered } from './start-rendered.ts';

const EXAMPLE = fileURLToPath(new URL('../../envoy/example/', import.meta.url));
const SOCKET = 'socket: /run/sallyport/envoy.sock';
const TLS = 'tls: { certificate: own.pem, key: own.key, client_ca: ca.pem, client_spiffe_ids: [spiffe://acme/envoy] }';
const ASKED = `bind: 127.0.0.1:9443\n    ${TLS}`;
const DIALLED = 'server_from: original_destination';

suite('sallyport envoy render', () => {
  let folder: string;
  let files: Pick<RenderOptions, 'envoyCert' | 'envoyKey' | 'sallyportCa'>;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rendered-'));
    await cp(EXAMPLE, folder, { recursive: true });
    const authority = makeAuthority('mesh', 'P-256');
    const own = authority.issue('sallyport', ['uri:spiffe://acme/sallyport']);
    const named = authority.issue('sallyport', ['dns:sallyport.internal']);
    const texts = { 'own.pem': own.cert, 'own.key': own.key, 'ca.pem': authority.ca };
    for (const [name, text] of Object.entries({ ...texts, 'named.pem': named.cert, 'named.key': named.key })) {
      await writeFile(join(folder, name), text);
    }
    // Whose they are is nothing that Envoy looks at before it connects.
    files = {
      envoyCert: join(folder, 'own.pem'),
      envoyKey: join(folder, 'own.key'),
      sallyportCa: join(folder, 'ca.pem'),
    };
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** What is rendered of an example whose listener has these lines in place of its own. */
  const render = async (
    wiring: string,
    lines: readonly string[],
    options: Partial<RenderOptions> = {},
    change: (text: string) => string = (text) => text,
  ): Promise<string> => {
    const config = join(folder, 'sallyport.yaml');
    const text = await readFile(join(folder, `sallyport-${wiring}.yaml`), 'utf8');
    const own = text.replace(
      `    ${SOCKET}\n    client_certificates: verified`,
      lines.map((line) => `    ${line}`).join('\n'),
    );
    assert.notEqual(own, text);
    await writeFile(config, change(own));
    return await rendered({ bind: '127.0.0.1:8800', caBundle: join(folder, 'ca.pem'), out: '-', ...options, config });
  };
  const agentsTls = (): Partial<RenderOptions> => ({
    tlsCert: join(folder, 'own.pem'),
    tlsKey: join(folder, 'own.key'),
    clientCa: join(folder, 'ca.pem'),
  });

  for (const wiring of WIRINGS) {
    const forms: readonly (readonly [string, readonly string[], () => Partial<RenderOptions>])[] = [
      ['a socket', [SOCKET], () => ({})],
      ['TLS', [ASKED], () => files],
      ['TLS at a name', [ASKED], () => ({ ...files, sallyportAddress: 'sallyport.internal:443' })],
      ['certificates in a header', [SOCKET, 'client_certificates: xfcc_sanitize_set'], agentsTls],
      ['redirected connections', [SOCKET, DIALLED], () => ({ bind: '[::]:15001' })],
      [
        'all of it',
        [ASKED, DIALLED, 'client_certificates: xfcc_sanitize_set'],
        () => ({ ...files, ...agentsTls(), bind: '0.0.0.0:15001' }),
      ],
    ];
    for (const [what, lines, options] of forms) {
      test(`writes a file for ${what} that Envoy takes and lint finds nothing in (${wiring})`, {
        skip: whyNoEnvoy(),
      }, async () => {
        const text = await render(wiring, lines, options());
        assert.deepEqual(lintEnvoy(readEnvoyText('envoy.yaml', text), { cluster: undefined }), []);
        const file = join(folder, `${wiring}.yaml`);
        await writeFile(file, text);
        assert.equal(await validate(file), 'valid');
      });
    }
  }

  test('pins the name that Sallyport’s certificate has', async () => {
    const pinned = (name: string, type = 'URI'): RegExp =>
      new RegExp(`san_type: ${type}, matcher: \\{ exact: ${name} \\}`);
    assert.match(await render('authorize', [ASKED], files), pinned('spiffe://acme/sallyport'));
    const byName = { ...files, sallyportName: 'sallyport.internal' };
    assert.match(await render('authorize', [ASKED], byName), pinned('sallyport.internal', 'DNS'));
    assert.match(await render('authorize', [ASKED], byName), /sni: sallyport\.internal/);
    const byAddress = { ...files, sallyportName: '10.0.0.9' };
    assert.match(await render('authorize', [ASKED], byAddress), pinned('10.0.0.9', 'IP_ADDRESS'));
  });

  const complaints: readonly (readonly [string, readonly string[], Partial<RenderOptions>, RegExp])[] = [
    ['TLS without the files for it', [ASKED], {}, /Give --envoy-cert and --envoy-key/],
    ['files for TLS where there is none', [SOCKET], { envoyCert: 'a.pem' }, /--envoy-cert is for a listener with bind/],
    ['certificates that nobody verifies', [SOCKET, 'client_certificates: xfcc_sanitize_set'], {}, /--client-ca/],
    ['an upstream where Envoy itself is', [SOCKET, DIALLED], { bind: '127.0.0.1:3001' }, /where Envoy itself listens/],
  ];
  for (const [what, lines, options, said] of complaints) {
    test(`refuses ${what}`, () => assert.rejects(render('authorize', lines, options), said));
  }

  test('asks where Sallyport is when its listener does not say, and by which name', async () => {
    const anywhere = ASKED.replace('127.0.0.1', '0.0.0.0');
    await assert.rejects(
      render('authorize', [anywhere], files),
      /--sallyport-address where Envoy reaches 0\.0\.0\.0:9443/,
    );
    const elsewhere = { ...files, sallyportAddress: 'sallyport' };
    await assert.rejects(render('authorize', [anywhere], elsewhere), /"sallyport" is no address/);
    const named = (text: string): string => text.replace('own.pem', 'named.pem').replace('own.key', 'named.key');
    await assert.rejects(
      render('authorize', [ASKED], files, named),
      /named\.pem has no SPIFFE id\. Say with --sallyport-name/,
    );
  });

  test('takes no listener for one that Envoy asks but those', async () => {
    const other = (text: string): string => text.replace('door: ext_authz', 'door: forward_auth');
    await assert.rejects(
      render('authorize', [SOCKET], {}, other),
      /no listener of this configuration is one that Envoy asks/,
    );
  });
});
