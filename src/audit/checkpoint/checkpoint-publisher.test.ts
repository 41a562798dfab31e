import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { signCheckpoint } from './checkpoint.ts';
import { CheckpointPublisher, type PublisherState } from './checkpoint-publisher.ts';
import { rootOf } from '../tree/prove.ts';
import { tileSource } from '../tree/tile-files.ts';
import { signedLog } from '../verify/signed-log.fixture.ts';
import { newNoteKey, noteSigner, noteVerifier } from './signed-note.ts';

const signer = noteSigner(newNoteKey('sallyport/a/1'));
const verifier = noteVerifier(signer.verifierKey);
const note = (size: number): string => signCheckpoint({ size, root: Buffer.alloc(32, size) }, signer);

/** A place that can be held back and broken. */
function heldSink(kept?: string) {
  const puts: string[] = [];
  const states: PublisherState[] = [];
  const state = { kept, failure: undefined as Error | undefined, gate: undefined as Promise<void> | undefined };
  const publisher = new CheckpointPublisher({
    verifier,
    retryMs: 1,
    rootAt: (size) => Buffer.alloc(32, size),
    onState: (next) => states.push(next),
    sink: {
      async put(text) {
        await state.gate;
        if (state.failure !== undefined) throw state.failure;
        puts.push(text);
      },
      last: async () => state.kept,
    },
  });
  return { publisher, puts, states, state };
}

suite('CheckpointPublisher', () => {
  test('brings the newest there, and drops those that it has overtaken', async () => {
    const { publisher, puts, state } = heldSink();
    const gate = Promise.withResolvers<void>();
    state.gate = gate.promise;
    for (const size of [1, 2, 3]) publisher.publish(note(size));
    gate.resolve();
    await publisher.close();
    assert.equal(puts.at(-1), note(3));
    assert.ok(puts.length <= 2);
  });

  test('says that the place fails and that it works again, and loses no last checkpoint', async () => {
    const { publisher, puts, states, state } = heldSink();
    state.failure = new Error('gone');
    publisher.publish(note(1));
    await publisher.close();
    assert.deepEqual(puts, []);
    state.failure = undefined;
    await publisher.close();
    assert.deepEqual(puts, [note(1)]);
    assert.deepEqual(
      states.map(({ kind }) => kind),
      ['failing', 'publishing'],
    );
  });

  test('leaves a checkpoint of a longer log as it is, and says so', async () => {
    const { publisher, puts, states } = heldSink(note(9));
    publisher.publish(note(3));
    publisher.publish(note(10));
    await publisher.close();
    assert.deepEqual(puts, []);
    assert.deepEqual(states, [{ kind: 'behind', here: 3, outside: 9 }]);
  });

  test('leaves a checkpoint of other records as it is, when the log has grown beyond it before the place could be asked', async () => {
    using log = await signedLog(20);
    using twin = log.copy();
    const outside = (await log.grow(5)).checkpoint;
    const grown = await twin.grow(30);
    const states: PublisherState[] = [];
    const publisher = new CheckpointPublisher({
      verifier: log.verifier,
      rootAt: (size, here) => rootOf(size, tileSource(grown.directory, here)),
      onState: (next) => states.push(next),
      sink: { put: () => assert.fail('it was overwritten'), last: async () => outside },
    });
    publisher.publish(grown.checkpoint);
    await publisher.close();
    assert.deepEqual(states, [{ kind: 'behind', here: 50, outside: 25 }]);
  });

  test('goes on from what this log itself left, whatever it has grown by', async () => {
    using log = await signedLog(300);
    using twin = log.copy();
    const grown = await twin.grow(30);
    const puts: string[] = [];
    const publisher = new CheckpointPublisher({
      verifier: log.verifier,
      rootAt: (size, here) => rootOf(size, tileSource(grown.directory, here)),
      onState: () => assert.fail('nothing is wrong'),
      sink: { put: async (text) => void puts.push(text), last: async () => log.checkpoint },
    });
    publisher.publish(grown.checkpoint);
    await publisher.close();
    assert.deepEqual(puts, [grown.checkpoint]);
  });

  test('takes the place of what another log left, or what is none', async () => {
    const other = noteSigner(newNoteKey('sallyport/b/2'));
    for (const kept of [signCheckpoint({ size: 99, root: Buffer.alloc(32) }, other), 'x', note(2)]) {
      const { publisher, puts } = heldSink(kept);
      publisher.publish(note(3));
      await publisher.close();
      assert.deepEqual(puts, [note(3)]);
    }
  });
});
