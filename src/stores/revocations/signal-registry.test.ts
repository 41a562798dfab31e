import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SignalRegistry } from './signal-registry.ts';

suite('SignalRegistry', () => {
  test('gives one signal a token and aborts it', () => {
    const signals = new SignalRegistry(2);
    const signal = signals.signalFor('a');
    assert.equal(signals.signalFor('a'), signal);
    signals.abort('a', 'revoked');
    assert.equal(signal.aborted, true);
    assert.equal(signals.size, 0);
  });

  test('makes room by dropping a signal that nobody listens to', () => {
    const signals = new SignalRegistry(2);
    const listened = signals.signalFor('a');
    listened.addEventListener('abort', () => undefined);
    const idle = signals.signalFor('b');
    signals.signalFor('c');
    assert.deepEqual([listened.aborted, idle.aborted, signals.size], [false, true, 2]);
  });

  test('ends the longest unused stream rather than letting one outlive a revocation unseen', () => {
    const signals = new SignalRegistry(2);
    const [first, second] = ['a', 'b'].map((id) => signals.signalFor(id));
    for (const signal of [first, second]) signal?.addEventListener('abort', () => undefined);
    signals.signalFor('a');
    signals.signalFor('c');
    assert.deepEqual([first?.aborted, second?.aborted], [false, true]);
  });
});
