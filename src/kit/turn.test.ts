import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Turn } from './turn.ts';

/** Whether what spending gives to wait for resolves in this turn of the event loop. */
async function inThisTurn(turn: Turn, units: number): Promise<boolean> {
  let over = false;
  setImmediate(() => (over = true));
  await turn.spend(units);
  return !over;
}

suite('Turn', () => {
  test('gives nothing to wait for while some of the share is left', () => {
    const turn = new Turn(3);
    assert.equal(turn.spend(1), undefined);
    assert.equal(turn.spend(1), undefined);
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
