import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readCall, type ServerTraits } from './read-call.ts';
import {
  bytesOf,
  LEGACY_HEADERS,
  legacyPost,
  modernHeaders,
  modernPost,
  outcomeOf,
  received,
  traits,
} from './received.fixture.ts';
import type { HeaderList } from './received.ts';

const pinned: ServerTraits = {
  ...traits,
  headerParams: (tool) =>
    tool === 'query'
      ? new Map([
          ['mcp-param-region', 'region'],
          ['mcp-param-limit', 'page.limit'],
          ['mcp-param-dry', 'dry'],
        ])
      : undefined,
};

/** What becomes of a modern `tools/call` of `query` with these arguments and headers. */
function query(args: unknown, headers: HeaderList): string {
  const named: HeaderList = [['mcp-name', 'query'], ...headers];
  return outcomeOf(readCall(modernPost('tools/call', { name: 'query', arguments: args }, named), pinned));
}

/** The same under a legacy revision, where nothing is required. */
function legacyQuery(args: unknown, headers: HeaderList): string {
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'query', arguments: args } };
  return outcomeOf(readCall(legacyPost(message, [...LEGACY_HEADERS, ...headers]), pinned));
}

const MISMATCH = 'mcp.header-mismatch';

suite('readCall() on Mcp-Method and Mcp-Name', () => {
  const named: readonly (readonly [method: string, params: Record<string, unknown>, name: string])[] = [
    ['tools/call', { name: 'echo' }, 'echo'],
    ['prompts/get', { name: 'greet' }, 'greet'],
    ['resources/read', { uri: 'file:///a' }, 'file:///a'],
    ['tasks/get', { taskId: 't1' }, 't1'],
    ['tasks/update', { taskId: 't1', inputResponses: {} }, 't1'],
    ['tasks/cancel', { taskId: 't1' }, 't1'],
  ];
  for (const [method, params, name] of named) {
    const outcome = (headers: HeaderList): string => outcomeOf(readCall(modernPost(method, params, headers), traits));

    test(`passes ${method} when Mcp-Name repeats the body`, () => {
      assert.equal(outcome([['mcp-name', name]]), 'call');
      assert.equal(outcome([['mcp-name', `  ${name}  `]]), 'call');
      assert.equal(outcome([['mcp-name', `=?base64?${Buffer.from(name).toString('base64')}?=`]]), 'call');
    });

    test(`refuses ${method} when Mcp-Name is missing, different or broken`, () => {
      assert.equal(outcome([]), MISMATCH);
      for (const other of ['safe', '', name.toUpperCase(), `${name}, ${name}`, '=?base64?!?=']) {
        assert.equal(outcome([['mcp-name', other]]), MISMATCH);
      }
    });
  }

  test('compares names beyond ASCII in their encoded form', () => {
    const encoded = `=?base64?${Buffer.from('größe').toString('base64')}?=`;
    assert.equal(
      outcomeOf(readCall(modernPost('tools/call', { name: 'größe' }, [['mcp-name', encoded]]), traits)),
      'call',
    );
  });

  test('refuses Mcp-Name where the body names nothing', () => {
    assert.equal(outcomeOf(readCall(modernPost('tools/list', {}, [['mcp-name', 'safe']]), traits)), MISMATCH);
  });

  test('refuses a modern request whose Mcp-Method is missing or another', () => {
    const { body } = modernPost('tools/list', {});
    const without = modernHeaders('tools/list').filter(([name]) => name !== 'mcp-method');
    assert.equal(outcomeOf(readCall(received({ headers: without, body }), traits)), MISMATCH);
    assert.equal(outcomeOf(readCall(received({ headers: modernHeaders('tools/call'), body }), traits)), MISMATCH);
    assert.equal(outcomeOf(readCall(received({ headers: modernHeaders('Tools/List'), body }), traits)), MISMATCH);
  });

  test('refuses forged headers in the legacy era, where servers ignore them', () => {
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo' } };
    const outcome = (headers: HeaderList): string =>
      outcomeOf(readCall(legacyPost(message, [...LEGACY_HEADERS, ...headers]), traits));
    assert.equal(outcome([['mcp-method', 'tools/list']]), MISMATCH);
    assert.equal(outcome([['mcp-name', 'safe']]), MISMATCH);
    assert.equal(
      outcome([
        ['mcp-method', 'tools/call'],
        ['mcp-name', 'echo'],
      ]),
      'call',
    );
  });

  test('asks a modern notification for nothing, and lets it contradict nothing', () => {
    const body = bytesOf({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
    const outcome = (headers: HeaderList): string => outcomeOf(readCall(received({ headers, body }), traits));
    const bare = modernHeaders('').filter(([name]) => name !== 'mcp-method');
    assert.equal(outcome(bare), 'call');
    assert.equal(outcome(modernHeaders('notifications/cancelled')), 'call');
    assert.equal(outcome(modernHeaders('tools/list')), MISMATCH);
  });
});

suite('readCall() on Mcp-Param-*', () => {
  test('passes fields that say what the arguments say', () => {
    assert.equal(query({}, []), 'call');
    assert.equal(query({ region: 'eu' }, [['mcp-param-region', 'eu']]), 'call');
    assert.equal(query({ region: 'é' }, [['mcp-param-region', '=?base64?w6k=?=']]), 'call');
    assert.equal(query({ page: { limit: 42 } }, [['mcp-param-limit', '42']]), 'call');
    assert.equal(query({ page: { limit: 42 } }, [['mcp-param-limit', '42.0']]), 'call');
    assert.equal(query({ dry: false }, [['mcp-param-dry', 'false']]), 'call');
  });

  test('refuses fields that say something else', () => {
    assert.equal(query({ region: 'eu' }, [['mcp-param-region', 'us']]), MISMATCH);
    assert.equal(query({ region: 'eu' }, [['mcp-param-region', 'EU']]), MISMATCH);
    assert.equal(query({ page: { limit: 42 } }, [['mcp-param-limit', '43']]), MISMATCH);
    assert.equal(query({ dry: true }, [['mcp-param-dry', 'TRUE']]), MISMATCH);
    assert.equal(query({ region: ['eu'] }, [['mcp-param-region', 'eu']]), MISMATCH);
    assert.equal(query({ region: 'eu' }, [['mcp-param-region', '=?base64?ZXU?=']]), MISMATCH);
  });

  test('refuses a field for an argument that is absent or null', () => {
    assert.equal(query({}, [['mcp-param-region', 'eu']]), MISMATCH);
    assert.equal(query({ region: null }, [['mcp-param-region', 'null']]), MISMATCH);
    assert.equal(query({ page: 'x' }, [['mcp-param-limit', '1']]), MISMATCH);
    assert.equal(query({ region: null }, []), 'call');
  });

  test('refuses a missing field in the modern era only', () => {
    assert.equal(query({ region: 'eu' }, []), MISMATCH);
    assert.equal(legacyQuery({ region: 'eu' }, []), 'call');
  });

  test('refuses contradictions in the legacy era, too', () => {
    assert.equal(legacyQuery({ region: 'eu' }, [['mcp-param-region', 'eu']]), 'call');
    assert.equal(legacyQuery({ region: 'eu' }, [['mcp-param-region', 'us']]), MISMATCH);
  });

  test('refuses fields that the pinned schema does not declare, or when there is no pin', () => {
    assert.equal(query({ other: 'x' }, [['mcp-param-other', 'x']]), MISMATCH);
    const unpinned = modernPost('tools/call', { name: 'new', arguments: {} }, [
      ['mcp-name', 'new'],
      ['mcp-param-a', '1'],
    ]);
    assert.equal(outcomeOf(readCall(unpinned, pinned)), MISMATCH);
    assert.equal(outcomeOf(readCall(modernPost('tools/list', {}, [['mcp-param-a', '1']]), pinned)), MISMATCH);
  });
});
