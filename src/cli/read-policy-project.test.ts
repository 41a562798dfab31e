import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { writePins } from '../catalogue/pins-file.ts';
import { scratchDirectory } from './command-io.fixture.ts';
import { readPolicyProject } from './read-policy-project.ts';

const CONFIG = `listeners: { agents: { bind: 127.0.0.1:0 } }
servers:
  files: { route: /files, upstream: "http://127.0.0.1:3001/mcp", resource: "http://127.0.0.1/files", pins: pins.json }
policies: [policies/*.yaml]
authenticate: { issuers: [{ issuer: "urn:a", jwks: { file: keys/jwks.json } }] }
`;
const POLICY = 'apiVersion: sallyport/v1\nkind: Policy\nmetadata: { name: files }\nrules: []\n';

function project(context: TestContext, config: string): string {
  const directory = scratchDirectory(context);
  mkdirSync(join(directory, 'policies'));
  writeFileSync(join(directory, 'policies/files.yaml'), POLICY);
  writeFileSync(join(directory, 'pins.json'), writePins('files', []));
  writeFileSync(join(directory, 'sallyport.yaml'), config);
  return join(directory, 'sallyport.yaml');
}

suite('readPolicyProject()', () => {
  test('needs no keys', async (context) => {
    const { sources, catalogue } = await readPolicyProject(project(context, CONFIG));
    assert.equal(sources.length, 1);
    assert.deepEqual([...catalogue.servers.keys()], ['files']);
  });

  test('shows what is wrong with policies and pins in one run', async (context) => {
    const file = project(context, CONFIG.replace('[policies/*.yaml]', '[policies/none-*.yaml, gone.yaml]'));
    writeFileSync(join(file, '../pins.json'), '{');
    await assert.rejects(
      readPolicyProject(file),
      ({ message }: Error) =>
        /no file matches/.test(message) && /gone\.yaml is not there/.test(message) && /strict JSON/.test(message),
    );
  });

  test('says when there is no configuration', async (context) => {
    await assert.rejects(
      readPolicyProject(join(scratchDirectory(context), 'none.yaml')),
      /is not there\. Name another/,
    );
  });
});
