import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { evidenceOf } from './evidence.ts';
import { buildGoTlog, verifyByGo } from './go-tlog.ts';
import { killRun } from './kill-run.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const KILLS = 8;
const why = await buildGoTlog();

suite('a service that is killed again and again', () => {
  test('let no call through whose intent is not on disk, and its log is what was signed', {
    timeout: 120_000,
  }, async () => {
    await using run = await killRun({ kills: KILLS, main: MAIN, random: Math.random });
    assert.deepEqual(run.unrecorded, []);
    assert.deepEqual(run.findings, []);
    assert.ok(run.reached.strict > 0 && run.reached.bounded > 0);
    assert.ok(run.records > 2 * KILLS);
  });

  test('made checkpoints and proofs that Go verifies', { skip: why ?? false, timeout: 120_000 }, async () => {
    await using run = await killRun({ kills: 2, main: MAIN, random: () => 1 });
    const verified = await verifyByGo(await evidenceOf(run.directory, run.verifierKey, run.checkpoints));
    assert.equal(verified['checkpoints'], run.checkpoints.length + 1);
    assert.equal(verified['consistency proofs'], run.checkpoints.length);
    assert.ok((verified['inclusion proofs'] ?? 0) > 50);
  });
});
