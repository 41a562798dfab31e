import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Deadline } from './deadline.ts';

const never = new AbortController().signal;

suite('Deadline', () => {
  test('passes when the time is over', async () => {
    using deadline = new Deadline(1, never);
    assert.equal(await deadline.passed, 'passed');
    assert.equal((deadline.signal.reason as Error).name, 'TimeoutError');
  });

  test('passes at once when the caller goes away, with the caller’s reason', async () => {
    const gone = new AbortController();
    using deadline = new Deadline(60_000, gone.signal);
    gone.abort(new Error('gone'));
    assert.equal(await deadline.passed, 'passed');
    assert.equal((deadline.signal.reason as Error).message, 'gone');
  });

  test('has passed from the start for a caller that is gone already', async () => {
    using deadline = new Deadline(60_000, AbortSignal.abort());
    assert.equal(await deadline.passed, 'passed');
  });

  test('never passes once it is disposed', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const deadline = new Deadline(10, never);
    deadline[Symbol.dispose]();
    context.mock.timers.tick(20);
    assert.equal(deadline.signal.aborted, false);
  });
});
