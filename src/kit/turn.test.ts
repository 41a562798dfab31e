import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Turn } from './turn.ts';

/** Whether spending resolves in this turn of the event loop. */
async function inThisTurn(turn: Turn, units: number): Promise<boolean> {
  let over = false;
  setImmediate(() => (over = true));
  await turn.spend(units);
  return !over;
}

suite('Turn', () => {
  test('goes on in the same turn while some of the share is left', async () => {
    const turn = new Turn(3);
    assert.equal(await inThisTurn(turn, 1), true);
    assert.equal(await inThisTurn(turn, 1), true);
    assert.equal(turn.left, 1);
  });

  test('lets others have their turn when the share is used up, and then has a new one', async () => {
    const turn = new Turn(3);
    assert.equal(await inThisTurn(turn, 3), false);
    assert.equal(turn.left, 3);
    assert.equal(await inThisTurn(turn, 100), false);
    assert.equal(turn.left, 3);
  });
});
