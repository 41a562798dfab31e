import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { subjectKeyFiles } from './key-table.ts';
import { KeyUses } from './key-uses.ts';
import { allKeyFiles, rewrapKeys } from './rewrap-keys.ts';
import { shredSubject } from './shred-subject.ts';
import { FIRST_KEK, kindsIn, NOW_MS, payload, SECOND_KEK, textsIn, vaultFixture } from './vault.fixture.ts';

suite('rewrapKeys()', () => {
  test('wraps every key anew, and leaves what they encrypt as it is', () => {
    using vault = vaultFixture();
    const writer = vault.writer();
    writer.write([payload('one'), payload('two', { subject: 'bob' })]);
    writer.close();
    const before = [...vault.segments()];
    const uses = new KeyUses(vault.places.uses, SECOND_KEK.id, 1024);
    const done = rewrapKeys(vault.places, [SECOND_KEK, FIRST_KEK], uses);
    assert.deepEqual(done, { rewrapped: 3, untouched: 0, failed: [] });
    assert.equal(uses.wear.uses, 16);
    assert.deepEqual(textsIn(vault.read([SECOND_KEK])), ['one', 'two']);
    assert.ok(kindsIn(vault.read([FIRST_KEK])).includes('locked no-kek'));
    assert.deepEqual([...vault.segments()], before);
    assert.deepEqual(rewrapKeys(vault.places, [SECOND_KEK], uses), { rewrapped: 0, untouched: 3, failed: [] });
  });

  test('names the keys that it could not have, and does the others', () => {
    using vault = vaultFixture();
    const writer = vault.writer();
    writer.write([payload('one'), payload('two', { subject: 'bob' })]);
    writer.close();
    const [changed = '', damaged = '', third = ''] = allKeyFiles(vault.places);
    writeFileSync(changed, readFileSync(changed, 'utf8').replace(/"wrapped":"./, '"wrapped":"?'));
    writeFileSync(damaged, '{');
    const uses = new KeyUses(vault.places.uses, SECOND_KEK.id, 1024);
    const { rewrapped, failed } = rewrapKeys(vault.places, [SECOND_KEK, FIRST_KEK], uses);
    assert.deepEqual([rewrapped, failed.map(({ path }) => path)], [1, [changed, damaged]]);
    assert.ok(third !== '');
  });

  test('brings back no key that was deleted', () => {
    using vault = vaultFixture();
    const writer = vault.writer();
    writer.write([payload('one')]);
    writer.close();
    shredSubject({ issuer: 'https://idp.example', subject: 'alice' }, { places: vault.places, why: '', nowMs: NOW_MS });
    rewrapKeys(vault.places, [SECOND_KEK, FIRST_KEK], new KeyUses(vault.places.uses, SECOND_KEK.id, 1024));
    assert.deepEqual(subjectKeyFiles(vault.places), []);
    assert.deepEqual(kindsIn(vault.read([SECOND_KEK])), ['locked shredded']);
  });
});
