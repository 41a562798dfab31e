import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { encodeGrpcMessage } from './grpc-message.ts';

suite('encodeGrpcMessage()', () => {
  test('leaves printable ASCII as it is, but for the percent sign', () => {
    assert.equal(encodeGrpcMessage('No: ~100% "sure"'), 'No: ~100%25 "sure"');
  });

  test('encodes the bytes of everything else', () => {
    assert.equal(encodeGrpcMessage('a\r\nü€\0\x7f'), 'a%0D%0A%C3%BC%E2%82%AC%00%7F');
  });

  test('gives a header value that decodes to the beginning of the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
        const encoded = encodeGrpcMessage(text);
        assert.match(encoded, /^[ -~]*$/);
        assert.equal(decodeURIComponent(encoded), text.slice(0, 1024).toWellFormed());
      }),
    );
  });
});
