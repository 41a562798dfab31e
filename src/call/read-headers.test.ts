import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readHeaders } from './read-headers.ts';
import type { HeaderList } from './received.ts';

/** `headers`, or the reason and the field of the refusal. */
function read(...headers: HeaderList): string {
  const facts = readHeaders(headers);
  return facts.kind === 'headers' ? 'headers' : [facts.reason, facts.detail].filter(Boolean).join(' ');
}

suite('readHeaders()', () => {
  test('keeps the single fields and the parameters apart', () => {
    const facts = readHeaders([
      ['mcp-name', ' \ta tool \t'],
      ['mcp-param-region', 'eu'],
      ['x-other', 'a'],
      ['x-other', 'b'],
    ]);
    assert.deepEqual(facts, {
      kind: 'headers',
      single: new Map([['mcp-name', 'a tool']]),
      params: new Map([['mcp-param-region', 'eu']]),
    });
  });

  for (const name of [
    'content-encoding',
    'content-length',
    'content-type',
    'host',
    'last-event-id',
    'mcp-method',
    'mcp-name',
    'mcp-protocol-version',
    'mcp-session-id',
    'origin',
    'transfer-encoding',
  ]) {
    test(`refuses a second ${name}, also an equal one`, () => {
      assert.equal(read([name, '1'], ['a', 'b'], [name, '1']), `http.header-duplicate ${name}`);
    });
  }

  test('refuses a second mcp-param field without repeating its name', () => {
    assert.equal(read(['mcp-param-x', '1'], ['mcp-param-x', '1']), 'http.header-duplicate mcp-param-');
  });

  test('refuses controls in any value, and anything but ASCII in the fields it reads', () => {
    for (const value of ['a\0', 'a\nb', 'a\rb', '\x7f', '\u20ac']) {
      assert.equal(read(['x-other', value]), 'http.header-invalid');
      assert.equal(read(['mcp-name', value]), 'http.header-invalid mcp-name');
    }
    assert.equal(read(['x-other', 'caf\xe9']), 'headers');
    assert.equal(read(['mcp-name', 'caf\xe9']), 'http.header-invalid mcp-name');
  });

  test('refuses names that are no lower-case tokens', () => {
    for (const name of ['', 'a b', 'a:', ':path', 'Mcp-Name', 'a\n', 'é', 'mcp-param-a b']) {
      assert.match(read([name, 'x']), /^http\.header-invalid/);
    }
  });

  test('refuses names that a server reading _ as - takes for ours', () => {
    for (const name of ['mcp_name', 'mcp-protocol_version', 'content_type', 'mcp_param_region', 'transfer_encoding']) {
      assert.equal(read([name, 'x']), 'http.header-invalid');
    }
    assert.equal(read(['x_request_id', 'x']), 'headers');
  });

  test('refuses framing that two readers could take two ways', () => {
    assert.equal(read(['transfer-encoding', 'chunked']), 'headers');
    assert.equal(read(['transfer-encoding', 'gzip, chunked']), 'http.header-invalid transfer-encoding');
    assert.equal(read(['transfer-encoding', 'identity']), 'http.header-invalid transfer-encoding');
    assert.equal(
      read(['transfer-encoding', 'chunked'], ['content-length', '2']),
      'http.header-invalid transfer-encoding',
    );
    for (const length of ['+2', '-2', '0x2', '2, 2', '2 2', '', '1e1', '9'.repeat(16)]) {
      assert.equal(read(['content-length', length]), 'http.header-invalid content-length');
    }
  });

  test('refuses a session id that is not visible ASCII', () => {
    for (const id of ['', 'a b', 'a\tb', 'a, b']) {
      assert.equal(read(['mcp-session-id', id]), 'http.header-invalid mcp-session-id');
    }
  });
});
