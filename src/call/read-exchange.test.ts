import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readCall } from './read-call.ts';
import { bytesOf, CALL, legacyPost, outcomeOf, reasonFor, received, traits } from './received.fixture.ts';
import type { HeaderList } from './received.ts';

/** What a request without a message is read as. */
function kindOf(httpMethod: string): unknown {
  const read = readCall(received({ httpMethod }), traits);
  return read.kind === 'call' && [read.call.kind, read.call.operation, read.call.treatment, read.call.revision];
}

function get(parts: object): string {
  return outcomeOf(readCall(received({ httpMethod: 'GET', ...parts }), traits));
}

function typed(...headers: HeaderList): HeaderList {
  return headers;
}

suite('readCall() on HTTP', () => {
  for (const type of [
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
  ]) {
    test(`takes ${type}`, () => assert.equal(reasonFor(CALL, typed(['content-type', type])), 'call'));
  }

  for (const type of [
    'text/plain',
    'application/json-rpc',
    'application/json, text/plain',
    'application/json,text/plain',
    'application/json; charset=utf-16le',
    'application/json; charset=utf-7',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; charset=utf-8; x=y',
    'application/json; x=y',
    'application/jsonp',
    'application/json;',
    '',
  ]) {
    test(`refuses the type ${JSON.stringify(type)}`, () => {
      assert.equal(reasonFor(CALL, typed(['content-type', type])), 'body.content-type');
    });
  }

  test('refuses a body without a type', () => assert.equal(reasonFor(CALL, []), 'body.content-type'));

  for (const coding of ['gzip', 'deflate', 'br', 'zstd', 'identity', '', 'x']) {
    test(`refuses the encoding ${JSON.stringify(coding)}, whatever the bytes are`, () => {
      assert.equal(
        reasonFor(CALL, typed(['content-type', 'application/json'], ['content-encoding', coding])),
        'body.content-encoding',
      );
    });
  }

  test('refuses a length that is not the length of the body', () => {
    assert.equal(
      reasonFor(CALL, typed(['content-type', 'application/json'], ['content-length', '1'])),
      'http.header-invalid',
    );
  });

  test('refuses a POST without a body, and one that is too large', () => {
    assert.equal(outcomeOf(readCall(received({}), traits)), 'body.missing');
    assert.equal(reasonFor(''), 'body.missing');
    const small = { ...traits, limits: { ...traits.limits, maxBytes: 10 } };
    assert.equal(outcomeOf(readCall(legacyPost(CALL), small)), 'body.too-large');
  });

  test('reads GET and DELETE in the legacy era', () => {
    assert.deepEqual(kindOf('GET'), ['open-stream', 'http/get-stream', 'stream', '2025-11-25']);
    assert.deepEqual(kindOf('DELETE'), ['end-session', 'http/delete-session', 'session', '2025-11-25']);
  });

  test('refuses GET and DELETE in the modern era, and for a server that is modern only', () => {
    for (const httpMethod of ['GET', 'DELETE']) {
      const headers: HeaderList = [['mcp-protocol-version', '2026-07-28']];
      assert.equal(outcomeOf(readCall(received({ httpMethod, headers }), traits)), 'http.method');
      assert.equal(outcomeOf(readCall(received({ httpMethod }), { ...traits, eras: 'modern' })), 'http.method');
    }
  });

  for (const httpMethod of ['PUT', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'get', 'constructor']) {
    test(`refuses ${httpMethod}`, () =>
      assert.equal(outcomeOf(readCall(received({ httpMethod }), traits)), 'http.method'));
  }

  test('refuses a body, an unknown version or mirrored headers on GET', () => {
    assert.equal(get({ body: bytesOf(CALL) }), 'body.unexpected');
    assert.equal(get({ body: new Uint8Array() }), 'call');
    assert.equal(get({ headers: [['mcp-protocol-version', '1']] }), 'mcp.version');
    for (const name of ['mcp-method', 'mcp-name', 'mcp-param-a'])
      assert.equal(get({ headers: [[name, 'x']] }), 'mcp.header-mismatch');
  });
});
