import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { memoryQuarantine } from './memory-quarantine.fixture.ts';
import { Quarantine, type QuarantineEntry, type QuarantineStore } from './quarantine.ts';

const entry: QuarantineEntry = {
  server: 'files',
  tool: 'read_file',
  pin: 'a'.repeat(64),
  seen: 'b'.repeat(64),
  sinceMs: 0,
  principal: 'alice',
  diff: [],
};
const tool = { name: 'read_file', pin: entry.pin };

suite('Quarantine', () => {
  test('refuses what was in the store when it started', () => {
    const store = memoryQuarantine();
    store.put(entry);
    assert.ok(new Quarantine(store).has('files', tool));
  });

  test('is per server, tool and accepted pin', () => {
    const quarantine = new Quarantine(memoryQuarantine());
    quarantine.add(entry);
    assert.ok(quarantine.has('files', tool));
    assert.ok(!quarantine.has('mail', tool));
    assert.ok(!quarantine.has('files', { ...tool, name: 'write_file' }));
    assert.ok(!quarantine.has('files', { ...tool, pin: 'c'.repeat(64) }));
  });

  test('follows what an operator removed when it is refreshed', () => {
    const store = memoryQuarantine();
    const quarantine = new Quarantine(store);
    quarantine.add(entry);
    store.remove('files', 'read_file');
    assert.ok(quarantine.has('files', tool));
    quarantine.refresh();
    assert.ok(!quarantine.has('files', tool));
  });

  test('keeps what could not be stored, and stores it later', () => {
    const memory = memoryQuarantine();
    let full = true;
    const store: QuarantineStore = { ...memory, put: (one) => (full ? assert.fail('no space') : memory.put(one)) };
    const quarantine = new Quarantine(store);
    assert.throws(() => quarantine.add(entry), /no space/);
    assert.throws(() => quarantine.refresh(), /no space/);
    assert.ok(quarantine.has('files', tool));
    full = false;
    quarantine.refresh();
    assert.ok(quarantine.has('files', tool));
    assert.equal(memory.load().length, 1);
  });
});
