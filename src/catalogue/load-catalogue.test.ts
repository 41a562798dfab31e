import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { z } from 'zod';
import { ProblemsError } from '../kit/problem.ts';
import { checkShape } from '../source/check-shape.ts';
import { readYaml } from '../source/yaml-source.ts';
import { deleteAll, pinInput, readFile, serverConfig } from './catalogue.fixture.ts';
import { serversSchema } from './config.ts';
import { type LoadedCatalogue, loadCatalogue } from './load-catalogue.ts';
import { writePins } from './pins-file.ts';

const FILES = `servers:
  files:
    route: /files
    upstream: http://127.0.0.1:3001/mcp
    resource: http://127.0.0.1:8700/files
    pins: files.json
`;
const MAIL = `  mail:
    route: /mail
    upstream: http://127.0.0.1:3002/mcp
    resource: http://127.0.0.1:8700/mail
    pins: mail.json
`;
const pins: Record<string, string> = {
  'files.json': writePins('files', [pinInput(readFile), pinInput(deleteAll)]),
  'mail.json': writePins('mail', [pinInput({ ...readFile, name: 'send' })]),
};

async function load(yaml: string, files: Record<string, string> = pins): Promise<LoadedCatalogue> {
  const source = readYaml('sallyport.yaml', yaml);
  const { servers } = checkShape(source, z.strictObject({ servers: serversSchema }));
  const readPinsFile = async (path: string): Promise<Uint8Array> => {
    const text = files[path];
    if (text === undefined) throw new Error('ENOENT');
    return Buffer.from(text);
  };
  return loadCatalogue(servers, { source, readFile: readPinsFile });
}

async function digestOf(yaml: string, files = pins): Promise<string> {
  return (await load(yaml, files)).catalogue.digest;
}

function refused(yaml: string, said: RegExp, files?: Record<string, string>): Promise<void> {
  return assert.rejects(load(yaml, files), (error: unknown) => {
    assert.ok(error instanceof ProblemsError);
    assert.match(error.message, said);
    return true;
  });
}

suite('loadCatalogue()', () => {
  test('makes servers with their pinned tools and closed defaults', async () => {
    const { catalogue, warnings } = await load(FILES + MAIL);
    const files = catalogue.servers.get('files');
    assert.deepEqual([...(files?.tools.keys() ?? [])], ['read_file', 'delete_all']);
    assert.deepEqual(files?.config.hosts, []);
    assert.deepEqual(files?.config.origins, []);
    assert.equal(files?.config.identity, 'token');
    assert.equal(files?.config.capability, 'token');
    assert.deepEqual(warnings, []);
  });

  test('has another digest when anything changes that a decision reads', async () => {
    const risky = writePins('files', [pinInput(readFile, { risk: 'high' }), pinInput(deleteAll)]);
    const digests = await Promise.all([
      digestOf(FILES),
      digestOf(FILES + MAIL),
      digestOf(`${FILES}    capability: none\n`),
      digestOf(FILES, { 'files.json': writePins('files', [pinInput(readFile)]) }),
      digestOf(FILES, { 'files.json': risky }),
    ]);
    assert.equal(new Set(digests).size, digests.length);
    assert.equal(await digestOf(FILES), digests[0]);
  });

  test('keeps a tool that cannot be enforced, unusable, and says so', async () => {
    const { catalogue, warnings } = await load(FILES, {
      'files.json': writePins('files', [pinInput({ name: 'bad' }), pinInput(readFile)]),
    });
    assert.equal(catalogue.servers.get('files')?.tools.size, 2);
    assert.match(warnings[0]?.message ?? '', /calls are refused/);
    assert.equal(warnings[0]?.severity, 'warning');
  });

  test('warns of hidden text and of names that collide over servers', async () => {
    const files = {
      'files.json': writePins('files', [pinInput({ ...readFile, description: 'a\u{e0061}' })]),
      'mail.json': writePins('mail', [pinInput({ ...readFile, name: 'read_fi1e' })]),
    };
    const { warnings } = await load(FILES + MAIL, files);
    assert.deepEqual(
      warnings.map(({ file, field }) => [file, field]),
      [
        ['files.json', 'read_file'],
        ['mail.json', 'read_fi1e'],
      ],
    );
  });

  test('names every problem of every server with its line', async () => {
    await refused(
      `${FILES}${MAIL.replace('8700/mail', '8700/files')}`,
      /yaml:10:\d+: error: servers\.mail\.resource: "files" has the same resource/,
    );
    await refused(FILES, /yaml:6:\d+: error: servers\.files\.pins: files\.json cannot be read: ENOENT\./, {});
    await refused(FILES, /files\.json:\d+:\d+: error: tools\.0\.pin/, {
      'files.json': pins['files.json']?.replace('Read a', 'Read any') ?? '',
    });
  });

  const contradictions: Record<string, [string, RegExp]> = {
    'a token without a resource': [FILES.replace(/ {4}resource.*\n/, '    hosts: [a]\n'), /tokens need a resource/],
    'an anonymous caller whose token must grant': [
      `${FILES}    identity: anonymous\n`,
      /an anonymous caller has no token/,
    ],
    'TLS towards plain http': [`${FILES}    upstream_tls: { ca: ca.pem }\n`, /not an https URL/],
  };
  for (const [what, [yaml, said]] of Object.entries(contradictions)) {
    test(`refuses ${what}`, () => refused(yaml, said));
  }

  const shapes: Record<string, string> = {
    'a misspelt field': `${FILES}    max_body_byte: 5\n`,
    'a route with dot segments': FILES.replace('route: /files', 'route: /a/../b'),
    'an encoded route': FILES.replace('route: /files', 'route: /a%2fb'),
    'an upstream that is no http URL': FILES.replace('http://127.0.0.1:3001/mcp', 'file:///etc/passwd'),
    'an upstream with a password': FILES.replace('http://127.0.0.1:3001/mcp', 'http://u:p@127.0.0.1/mcp'),
    'an origin with a path': `${FILES}    origins: ["https://a.example/x"]\n`,
    'any origin': `${FILES}    origins: ["*"]\n`,
    'no limit': `${FILES}    max_reply_bytes: 0\n`,
  };
  for (const [what, yaml] of Object.entries(shapes))
    test(`refuses ${what}`, () => refused(yaml, /sallyport\.yaml:\d+:\d+: error/));
});

function hostsOf(resource: string): readonly string[] {
  return serverConfig({ resource }).hosts;
}

suite('serverConfigOf()', () => {
  test('accepts the Host of the resource, and the loopback names for one that is served on loopback', () => {
    assert.deepEqual(hostsOf('https://tools.example/mcp'), ['tools.example']);
    assert.deepEqual(hostsOf('https://tools.example:8443/mcp'), ['tools.example:8443']);
    for (const resource of ['http://127.0.0.1:8700/a', 'http://localhost/a', 'http://[::1]:1/a']) {
      assert.deepEqual(hostsOf(resource), [], resource);
    }
    assert.deepEqual(serverConfig({ hosts: ['a.example'] }).hosts, ['a.example']);
  });
});

suite('serverSchema', () => {
  test('describes every field', () => {
    const fields = z.toJSONSchema(serversSchema, { io: 'input' });
    const { properties } = fields.additionalProperties as { properties: Record<string, { description?: string }> };
    for (const [name, { description }] of Object.entries(properties)) assert.ok(description, name);
  });
});
