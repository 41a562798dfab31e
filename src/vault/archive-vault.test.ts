import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { archivedVault, archivePayloads, oldPayloads } from './archive-vault.ts';
import { readVault } from './read-vault.ts';
import { shredSubject } from './shred-subject.ts';
import { FIRST_KEK, kindsIn, NOW_MS, payload, textsIn, vaultFixture } from './vault.fixture.ts';
import { VaultKeys } from './vault-keys.ts';

suite('archivePayloads()', () => {
  test('moves what is wholly older, and what is there is read and deleted as before', async () => {
    using vault = vaultFixture();
    for (const day of [0, 1, 2]) {
      const writer = vault.writer({ nowMs: () => NOW_MS + day * 86_400_000 });
      writer.write([payload(`day ${day}`), payload(`of bob ${day}`, { subject: 'bob' })]);
      writer.close();
    }
    const { places } = vault;
    const archive = join(places.directory, '..', 'cold');
    const before = new Date(NOW_MS + 2 * 86_400_000 + 1).toISOString();
    const old = await oldPayloads(places.directory, before);
    assert.equal(old.length, 2, 'the last one may be written to');
    for (const one of old) await archivePayloads(one, places.directory, archive);
    assert.deepEqual(textsIn(vault.read()), ['day 2', 'of bob 2']);
    const cold = async () => Array.fromAsync(readVault(archivedVault(archive), new VaultKeys(places, [FIRST_KEK])));
    assert.deepEqual(textsIn(await cold()), ['day 0', 'of bob 0', 'day 1', 'of bob 1']);
    shredSubject({ issuer: 'https://idp.example', subject: 'alice' }, { places, why: '', nowMs: NOW_MS });
    assert.deepEqual(kindsIn(await cold()), ['locked shredded', 'payload', 'locked shredded', 'payload']);
  });

  test('moves nothing when there is nothing that old', async () => {
    using vault = vaultFixture();
    for (const day of [0, 1]) {
      const writer = vault.writer({ nowMs: () => NOW_MS + day });
      writer.write([payload('one')]);
      writer.close();
    }
    assert.deepEqual(await oldPayloads(vault.places.directory, new Date(NOW_MS).toISOString()), []);
  });
});
