import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { suite, test } from 'node:test';
import { cutStalled } from './cut-stalled.ts';

/** A response whose client reads nothing: it has no connection. */
function unread(): ServerResponse {
  return new ServerResponse(new IncomingMessage(new Socket()));
}

suite('cutStalled()', () => {
  test('cuts a client off that reads nothing of what waits for it', (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    const response = unread();
    using _watch = cutStalled(response, 1000);
    response.write(Buffer.alloc(1_000_000));
    context.mock.timers.tick(1000);
    assert.equal(response.destroyed, false);
    context.mock.timers.tick(1000);
    assert.equal(response.destroyed, true);
  });

  test('leaves one alone that reads slowly, and one to whom nothing is sent', (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    const [slow, silent] = [unread(), unread()];
    using _slow = cutStalled(slow, 1000);
    using _silent = cutStalled(silent, 1000);
    slow.write(Buffer.alloc(1_000_000));
    for (let at = 0; at < 5; at += 1) {
      slow.emit('drain');
      context.mock.timers.tick(1000);
    }
    assert.deepEqual([slow.destroyed, silent.destroyed], [false, false]);
  });
});
