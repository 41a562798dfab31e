import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CommandError } from './command-error.ts';
import { upstreamUrl } from './upstream-url.ts';

suite('upstreamUrl()', () => {
  test('takes http and https', () => {
    assert.equal(upstreamUrl('http://127.0.0.1:3001/mcp').href, 'http://127.0.0.1:3001/mcp');
    assert.equal(upstreamUrl('https://tools.example/').href, 'https://tools.example/');
  });

  for (const [text, message] of [
    ['127.0.0.1:3001/mcp', /Did you mean http:\/\/127\.0\.0\.1:3001\/mcp\?$/],
    ['localhost:3001/mcp', /Did you mean http:\/\/localhost:3001\/mcp\?$/],
    ['tools.example', /Did you mean http:\/\/tools\.example\?$/],
    ['ftp://tools.example/', /^ftp:\/\/tools\.example\/: MCP is not spoken over ftp:\/\/ /],
    ['not a URL', /^"not a URL" is no URL\. Write it like http:/],
    ['\u001b[2J', /^"\\u\{1b\}\[2J" is no URL/],
  ] as const) {
    test(`says what is wrong with ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => upstreamUrl(text),
        (error) => error instanceof CommandError && message.test(error.message),
      );
    });
  }
});
