import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, suite, test } from 'node:test';
import { Dependencies } from './dependencies.ts';

const failing = (): Promise<never> => Promise.reject(new Error('no answer'));

suite('Dependencies', () => {
  const changes: string[] = [];
  let dependencies: Dependencies;
  beforeEach(() => {
    mock.timers.enable({ apis: ['Date', 'setTimeout', 'setInterval'] });
    changes.length = 0;
    dependencies = new Dependencies({
      minimumFailures: 3,
      windowMs: 60_000,
      waitMs: 10_000,
      onChange: (name, state) => changes.push(`${name} ${state}`),
    });
  });
  afterEach(() => {
    dependencies[Symbol.dispose]();
    mock.timers.reset();
  });

  async function fail(name: string, times: number): Promise<void> {
    for (let time = 0; time < times; time += 1) await assert.rejects(dependencies.ask(name, failing), /no answer/);
  }

  test('give the answer of the question, and its error', async () => {
    assert.equal(await dependencies.ask('idp', async () => 7), 7);
    assert.equal(await dependencies.ask('idp', async () => undefined), undefined);
    await fail('idp', 1);
    assert.deepEqual(dependencies.open, []);
  });

  test('ask one that fails no more, and others all the same', async () => {
    await fail('idp', 3);
    assert.deepEqual(dependencies.open, ['idp']);
    await assert.rejects(
      dependencies.ask('idp', () => assert.fail('asked')),
      /open/i,
    );
    assert.equal(await dependencies.ask('other', async () => 1), 1);
    assert.deepEqual(changes, ['idp open']);
  });

  test('try it again after the wait, and ask on when it answers', async () => {
    await fail('idp', 3);
    mock.timers.tick(10_000);
    await fail('idp', 1);
    assert.deepEqual(dependencies.open, ['idp']);
    mock.timers.tick(10_000);
    assert.equal(await dependencies.ask('idp', async () => 1), 1);
    assert.deepEqual(dependencies.open, []);
    assert.deepEqual(changes, ['idp open', 'idp half_open', 'idp open', 'idp half_open', 'idp closed']);
  });

  test('remember so many and no more', async () => {
    for (let index = 0; index < 150; index += 1) await fail(`idp ${index}`, 3);
    assert.equal(dependencies.open.length, 100);
  });
});
