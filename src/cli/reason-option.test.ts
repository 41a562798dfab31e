import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Command } from 'commander';
import { neededReason, reasonOf, reasonOption, type ReasonOptions, whyOption } from './reason-option.ts';

function parsed(...argv: string[]): ReasonOptions {
  return new Command('stop')
    .addOption(reasonOption())
    .addOption(whyOption())
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parse(argv, { from: 'user' })
    .opts();
}

suite('reasonOption()', () => {
  test('takes a reason by either name', () => {
    assert.equal(reasonOf(parsed('--reason', 'it leaks')), 'it leaks');
    assert.equal(reasonOf(parsed('--why', 'it leaks')), 'it leaks');
    assert.equal(reasonOf(parsed()), undefined);
  });

  test('refuses two reasons', () => {
    assert.throws(() => parsed('--reason', 'one', '--why', 'two'), /cannot be used with/);
  });
});

suite('neededReason()', () => {
  test('says how to give one when there is none', () => {
    assert.equal(neededReason({ why: 'maintenance' }), 'maintenance');
    assert.throws(() => neededReason({}), /^CommandError: say why with --reason "…": it is recorded\.$/);
    assert.throws(() => neededReason({ reason: ' ' }), /say why with --reason/);
  });
});
