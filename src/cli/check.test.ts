import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { generateSigningKey } from '../capability/signing-key.ts';
import { writePins } from '../catalogue/pins-file.ts';
import { check } from './check.ts';
import { listeningIo, scratchDirectory } from './command-io.fixture.ts';

const CONFIG = `listeners: { agents: { bind: 127.0.0.1:0 } }
servers:
  files: { route: /files, upstream: "http://127.0.0.1:3001/mcp", resource: "http://127.0.0.1/files", pins: pins.json }
authenticate:
  issuers:
    - { issuer: "urn:a", jwks: { file: keys/jwks.json } }
    - { issuer: "urn:b", jwks: { url: "https://idp.example/jwks" } }
  revocations: { file: revoked.txt }
`;

async function project(context: TestContext, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const directory = scratchDirectory(context);
  const { kty, crv, x, kid, alg, use } = (await generateSigningKey('EdDSA')).privateJwk;
  mkdirSync(join(directory, 'keys'));
  const all = {
    'sallyport.yaml': CONFIG,
    'pins.json': writePins('files', []),
    'keys/jwks.json': JSON.stringify({ keys: [{ kty, crv, x, kid, alg, use }] }),
    'revoked.txt': '# none\n',
    ...files,
  };
  for (const [path, text] of Object.entries(all)) writeFileSync(join(directory, path), text);
  return join(directory, 'sallyport.yaml');
}

suite('sallyport check', () => {
  test('opens keys and deny list, and says what it did not ask', async (context) => {
    const io = listeningIo();
    await check(await project(context), io);
    assert.match(
      io.said(),
      /good \(1 server, 0 pinned tools, 0 policy files\)\nnot asked: https:\/\/idp\.example\/jwks/,
    );
  });

  for (const [what, files, message] of [
    [
      'keys',
      { 'keys/jwks.json': 'garbage' },
      /:6:\d+: error: authenticate\.issuers\.0\.jwks\.file: keys\/jwks\.json cannot/,
    ],
    ['a key set without a usable key', { 'keys/jwks.json': '{"keys":[{"kty":"oct"}]}' }, /no usable key/],
    [
      'a deny list',
      { 'revoked.txt': '["a", 7]' },
      /authenticate\.revocations\.file: revoked\.txt cannot be used: not a JSON/,
    ],
    [
      'certificates',
      {
        'sallyport.yaml': CONFIG.replace(
          'bind: 127.0.0.1:0',
          'bind: 127.0.0.1:0, tls: { certificate: c.pem, key: c.pem }',
        ),
        'c.pem': 'garbage',
      },
      /listeners\.agents\.tls: the certificates cannot be used: /,
    ],
  ] as const) {
    test(`finds ${what} that serve could not use`, async (context) => {
      await assert.rejects(check(await project(context, files), listeningIo()), message);
    });
  }
});
