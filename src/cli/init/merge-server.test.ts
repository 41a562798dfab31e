import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { mergeServer } from './merge-server.ts';

const ENTRY = {
  route: '/mail',
  upstream: 'http://127.0.0.1:1/mcp',
  resource: 'http://a/mail',
  pins: 'catalogue/mail.json',
};

suite('mergeServer()', () => {
  test('adds a server and keeps everything else, comments too', () => {
    const text =
      '# ours\nlisteners: { agents: { bind: "127.0.0.1:1" } } # loopback\nservers:\n  # the first\n  files: { route: /files }\nstate_dir: x\n';
    const merged = mergeServer('a.yaml', text, 'mail', ENTRY);
    assert.deepEqual(parse(merged), { ...parse(text), servers: { files: { route: '/files' }, mail: ENTRY } });
    for (const comment of ['# ours', '# loopback', '# the first']) assert.ok(merged.includes(comment), comment);
  });

  test('replaces the server of the same name only', () => {
    const text = 'servers:\n  mail: { route: /old, origins: [a] }\n  files: { route: /files }\n';
    assert.deepEqual(parse(mergeServer('a.yaml', text, 'mail', ENTRY)).servers, {
      mail: ENTRY,
      files: { route: '/files' },
    });
  });

  for (const text of ['', '# nothing yet\n', 'servers:\n', 'state_dir: x\n']) {
    test(`adds the first server to ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parse(mergeServer('a.yaml', text, 'mail', ENTRY)).servers, { mail: ENTRY });
    });
  }

  for (const text of ['a: [', '[1]', 'servers: [a]', 'servers: x', 'a: 1\na: 2']) {
    test(`leaves ${JSON.stringify(text)} to its author`, () => {
      assert.throws(() => mergeServer('a.yaml', text, 'mail', ENTRY), /^CommandError: a\.yaml cannot be added to: /);
    });
  }
});
