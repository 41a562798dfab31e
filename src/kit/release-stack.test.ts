import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { ReleaseStack } from './release-stack.ts';

/** How one release goes. */
const course = fc.constantFrom('at once', 'later', 'throws', 'rejects');
type Course = 'at once' | 'later' | 'throws' | 'rejects';

function releaseOf(how: Course, said: string, done: string[]): () => void | Promise<void> {
  const courses = {
    'at once': () => void done.push(said),
    'later': async () => {
      await Promise.resolve();
      done.push(said);
    },
    'throws': () => {
      done.push(said);
      throw new Error(said);
    },
    'rejects': async () => {
      await Promise.resolve();
      done.push(said);
      throw new Error(said);
    },
  };
  return courses[how];
}

suite('ReleaseStack', () => {
  test('gives back last first, each once and each whatever becomes of the others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(course, { maxLength: 6 }), async (courses) => {
        const done: string[] = [];
        const stack = new ReleaseStack();
        courses.forEach((how, index) => stack.defer(releaseOf(how, String(index), done)));
        const expected = courses.map((_, index) => String(index)).toReversed();
        const failing = expected.find((index) => /throws|rejects/.test(courses[Number(index)] ?? ''));
        const error = await stack.disposeAsync().then(
          () => undefined,
          (cause: Error) => cause.message,
        );
        assert.deepEqual([done, error], [expected, failing]);
        await stack.disposeAsync();
        assert.equal(done.length, courses.length);
      }),
    );
  });

  test('asks for no turn of the event loop when nothing in it does', () => {
    const done: string[] = [];
    const stack = new ReleaseStack();
    stack.use({ [Symbol.dispose]: () => void done.push('used') });
    stack.defer(() => void done.push('deferred'));
    void stack.disposeAsync();
    assert.deepEqual(done, ['deferred', 'used']);
  });

  test('gives back at once what comes when all was given back', async () => {
    const done: string[] = [];
    const stack = new ReleaseStack();
    await stack.disposeAsync();
    stack.defer(() => void done.push('late'));
    stack.defer(async () => {
      await Promise.resolve();
      throw new Error('nobody hears of this');
    });
    assert.deepEqual(done, ['late']);
  });

  test('takes over what another one holds', async () => {
    const done: string[] = [];
    const [one, other] = [new ReleaseStack(), new ReleaseStack()];
    one.defer(() => void done.push('a'));
    other.defer(() => void done.push('b'));
    other.defer(() => void done.push('c'));
    one.takeOver(other);
    await other.disposeAsync();
    assert.deepEqual(done, []);
    await one.disposeAsync();
    assert.deepEqual(done, ['c', 'b', 'a']);
  });
});
