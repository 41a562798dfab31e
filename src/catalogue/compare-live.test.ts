import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { deleteAll, pinInput, readFile } from './catalogue.fixture.ts';
import { compareLive, needsDecision } from './compare-live.ts';
import type { QuarantineEntry } from './quarantine.ts';
import { readDefinition } from './read-definition.ts';

const live = [{ ...readFile, title: 'New' }, { name: 'fresh', inputSchema: {} }, 42].map((item) =>
  readDefinition(Buffer.from(JSON.stringify(item))),
);
const entry: QuarantineEntry = {
  server: 'files',
  tool: 'delete_all',
  pin: '',
  seen: '',
  sinceMs: 0,
  principal: '',
  diff: [],
};

suite('compareLive()', () => {
  test('tells changed, absent, new and unreadable tools', () => {
    const found = compareLive([pinInput(readFile), pinInput(deleteAll)], live, () => undefined);
    assert.deepEqual(
      found.map((one) => [one.kind, needsDecision(one)]),
      [
        ['changed', true],
        ['absent', false],
        ['new', true],
        ['unreadable', true],
      ],
    );
  });

  test('asks for a decision about a tool in quarantine, even when it is as pinned again', () => {
    const shown = [readDefinition(Buffer.from(JSON.stringify(deleteAll)))];
    const [same] = compareLive([pinInput(deleteAll)], shown, () => entry);
    assert.equal(same?.kind, 'same');
    assert.ok(same !== undefined && needsDecision(same));
  });
});
