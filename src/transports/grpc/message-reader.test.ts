import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { GRPC_CODE, GrpcError } from './grpc-error.ts';
import { MessageReader } from './message-reader.ts';

const GONE = new GrpcError(GRPC_CODE.CANCELLED, 'gone');

function source(): { readonly reader: MessageReader; readonly messages: Uint8Array[]; wanted(): number } {
  const messages: Uint8Array[] = [];
  let wanted = 0;
  const reader = new MessageReader({ take: () => messages.shift(), wanting: () => wanted++ });
  return { reader, messages, wanted: () => wanted };
}

suite('MessageReader', () => {
  test('gives what is there, then waits and says that it does', async () => {
    const { reader, messages, wanted } = source();
    messages.push(Uint8Array.of(1), Uint8Array.of(2));
    assert.deepEqual(
      [(await reader.next()).value, (await reader.next()).value, wanted()],
      [Uint8Array.of(1), Uint8Array.of(2), 0],
    );
    const next = reader.next();
    assert.equal(wanted(), 1);
    reader.look();
    messages.push(Uint8Array.of(3));
    reader.look();
    assert.deepEqual(await next, { done: false, value: Uint8Array.of(3) });
  });

  test('ends after what is there, and stays so', async () => {
    const { reader, messages } = source();
    messages.push(Uint8Array.of(1));
    reader.end();
    assert.deepEqual(await Array.fromAsync(reader), [Uint8Array.of(1)]);
    assert.deepEqual(await reader.next(), { done: true, value: undefined });
  });

  test('throws after what is there, the first error and not the end', async () => {
    const { reader, messages } = source();
    messages.push(Uint8Array.of(1));
    reader.end();
    reader.fail(GONE);
    reader.fail(new GrpcError(GRPC_CODE.INTERNAL, 'later'));
    assert.deepEqual((await reader.next()).value, Uint8Array.of(1));
    await assert.rejects(reader.next(), GONE);
    await assert.rejects(reader.next(), GONE);
  });

  test('tells a reader who waits', async () => {
    const [ended, failed] = [source().reader, source().reader];
    const [end, failure] = [ended.next(), failed.next()];
    ended.end();
    failed.fail(GONE);
    assert.equal((await end).done, true);
    await assert.rejects(failure, GONE);
  });

  test('has one reader at a time', async () => {
    const { reader } = source();
    const first = reader.next();
    await assert.rejects(reader.next(), /one reader/);
    reader.end();
    assert.equal((await first).done, true);
  });
});
