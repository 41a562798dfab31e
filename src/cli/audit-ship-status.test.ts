import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { signCheckpoint } from '../audit/checkpoint/checkpoint.ts';
import { openCheckpointKey } from '../audit/checkpoint/checkpoint-key.ts';
import { cursorPath, writeCursor } from '../audit/shipping/ship-cursor.ts';
import { shipStatus } from './audit/ship-status.ts';
import { CommandError } from './command-error.ts';
import { listeningIo, scratchDirectory } from './command-io.fixture.ts';

/** A project whose record has 9 signed records. */
function project(context: TestContext, audit = '') {
  const folder = scratchDirectory(context);
  const state = join(folder, '.sallyport');
  mkdirSync(join(state, 'record'), { recursive: true });
  const key = openCheckpointKey(join(state, 'audit-key'), 'a');
  writeFileSync(join(state, 'record/checkpoint'), signCheckpoint({ size: 9, root: Buffer.alloc(32) }, key));
  const config = join(folder, 'sallyport.yaml');
  writeFileSync(config, `servers: {}\n${audit}\n`);
  return { config, state, origin: key.name };
}

suite('sallyport audit ship-status', () => {
  test('tells how far each place is that is configured, or was', async (context) => {
    const ship = 'audit: { ship: { stream: { kind: kafka }, archive: { kind: file }, ../x: {} } }';
    const { config, state, origin } = project(context, ship);
    await writeCursor(cursorPath(state, 'archive'), { origin, through: 7 });
    await writeCursor(cursorPath(state, 'former'), { origin: 'sallyport/other/1', through: 8 });
    const io = listeningIo();
    assert.equal(await shipStatus({ config }, io), 0);
    assert.deepEqual(io.said().split('\n'), [
      'archive: through record 7 of 9 signed, 2 behind',
      'former: through record 0 of 9 signed, 9 behind',
      'stream: through record 0 of 9 signed, 9 behind',
    ]);
    const asJson = listeningIo();
    await shipStatus({ config, json: true }, asJson);
    assert.equal(asJson.said().split('\n')[0], '{"sink":"archive","through":7,"signed":9,"behind":2}');
  });

  test('says no where there is no place', async (context) => {
    const { config } = project(context, 'audit: { ship: whatever }');
    assert.equal(await shipStatus({ config }, listeningIo()), 1);
  });

  test('cannot tell where nothing was recorded', async (context) => {
    const config = join(scratchDirectory(context), 'sallyport.yaml');
    writeFileSync(config, 'servers: {}\n');
    await assert.rejects(shipStatus({ config }, listeningIo()), CommandError);
  });
});
