import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ReasonCode } from '../../call/reason.ts';
import { RefusalPace } from './refusal-pace.ts';

/** Whether the refusal may be answered by now. */
async function isDue(answered: Promise<void>): Promise<boolean> {
  return await Promise.race([answered.then(() => true), new Promise<false>((resolve) => setImmediate(resolve, false))]);
}

suite('RefusalPace.before()', () => {
  for (const reason of ['overload.shed', 'overload.busy'] as const satisfies readonly ReasonCode[]) {
    test(`has ${reason} answered a little later`, async (context) => {
      context.mock.timers.enable({ apis: ['setTimeout'] });
      const answered = new RefusalPace().before({ reason });
      context.mock.timers.tick(199);
      assert.ok(!(await isDue(answered)));
      context.mock.timers.tick(1);
      assert.ok(await isDue(answered));
    });
  }

  for (const reason of ['draining', 'http.route', 'limit.exceeded'] as const satisfies readonly ReasonCode[]) {
    test(`has ${reason} answered at once`, async (context) => {
      context.mock.timers.enable({ apis: ['setTimeout'] });
      assert.ok(await isDue(new RefusalPace().before({ reason })));
    });
  }

  test('has no more than so many wait', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const pace = new RefusalPace();
    const waiting = Array.from({ length: 2000 }, () => pace.before({ reason: 'overload.shed' }));
    assert.ok(await isDue(pace.before({ reason: 'overload.shed' })));
    context.mock.timers.tick(200);
    await Promise.all(waiting);
    assert.ok(!(await isDue(pace.before({ reason: 'overload.shed' }))));
  });
});
