import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { deleteAll, readFile } from '../catalogue/catalogue.fixture.ts';
import { chooseTools } from './choose-tools.ts';
import { ITEM_MEMBERS, listItems } from './list-items.ts';
import { bench, files } from './reply.fixture.ts';

/** How many of these items are read in full. */
function chosen(items: readonly object[], { deps } = bench()): unknown {
  const bytes = Buffer.from(JSON.stringify(items));
  const scanned = listItems(bytes, { kind: 'array', start: 0, end: bytes.length }, ITEM_MEMBERS);
  assert.ok(typeof scanned !== 'string');
  const answer = chooseTools(bytes, scanned, { observer: deps.observer, server: files });
  return typeof answer === 'string' ? answer : answer.length;
}

function strangers(count: number, description = ''): readonly object[] {
  return Array.from({ length: count }, (_, index) => ({ name: `t${1000 + index}`, description }));
}

suite('chooseTools()', () => {
  test('takes every tool that callers may see, behind however many others', () => {
    assert.equal(chosen([readFile, deleteAll]), 2);
    assert.equal(chosen([...strangers(1000), readFile, deleteAll]), 256 + 2);
  });

  test('takes so many bytes of others that they can be reported', () => {
    const kilobyte = strangers(200, 'x'.repeat(1024 - JSON.stringify(strangers(1)[0]).length));
    assert.equal(chosen(kilobyte), 128);
    assert.equal(chosen(strangers(1, 'x'.repeat(129 * 1024))), 0);
  });

  test('counts an item without a readable name, an unusable tool and one in quarantine as others', () => {
    const quarantined = bench();
    const entry = { server: 'files', tool: 'read_file', seen: 'x', sinceMs: 0, principal: 'p', diff: [] };
    quarantined.quarantine.add({ ...entry, pin: files.tools.get('read_file')?.pin ?? '' });
    assert.equal(chosen([...strangers(256), readFile], quarantined), 256);
    assert.equal(chosen([...strangers(256), { name: 'broken' }, { name: 7 }, []]), 256);
  });

  test('refuses a list that has one tool three times', () => {
    assert.equal(chosen([readFile, { ...readFile, title: 'x' }]), 2);
    assert.equal(chosen([readFile, readFile, readFile]), 'reply.unreadable');
  });
});
