import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { scratchDirectory } from '../command-io.fixture.ts';
import { recordPlace } from './record-place.ts';

suite('recordPlace()', () => {
  for (const [text, place] of [
    ['servers: broken\n', '.sallyport/record'],
    ['state_dir: s\nlisteners: 7\n', 's/record'],
    ['audit: { directory: kept, fields_to_come: 1 }\n', 'kept'],
  ] as const) {
    test(`is found in ${JSON.stringify(text)}`, async (context) => {
      const file = join(scratchDirectory(context), 'sallyport.yaml');
      writeFileSync(file, text);
      assert.equal(await recordPlace(file), join(file, '..', place));
    });
  }

  test('says how else to name it', async (context) => {
    const file = join(scratchDirectory(context), 'sallyport.yaml');
    await assert.rejects(
      recordPlace(file),
      /is not there\.[^\n]*\n.*so the record cannot be found\. Or say where it is with --directory\./,
    );
    writeFileSync(file, 'a: "\n');
    await assert.rejects(recordPlace(file), /--directory/);
  });
});
