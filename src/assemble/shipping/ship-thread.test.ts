import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { signedLog } from '../../audit/verify/signed-log.fixture.ts';
import { EventEmitter } from 'node:events';
import type { ShipNews } from '../../audit/shipping/ship-news.ts';
import type { ShipSetup } from './ship-setup.ts';
import { ShipThread } from './ship-thread.ts';

suite('ShipThread', () => {
  let folder = '';
  let path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-ship-thread-'));
    path = join(folder, 'out.ndjson');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const setupOf = (recordDir: string, verifierKey: string): ShipSetup => ({
    recordDir,
    stateDir: folder,
    verifierKey,
    sinks: [['archive', { kind: 'file', path, rotate_bytes: 1024 * 1024 }]],
  });
  const lines = (): number => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0);

  test('brings what is signed, and goes on behind it when it is started again', async () => {
    using log = await signedLog(5);
    const setup = setupOf(log.directory, log.verifier.verifierKey);
    const shipped = async (): Promise<void> => {
      const told = new EventEmitter<{ caught: [] }>();
      const onNews = (news: ShipNews): void => void (news.behind === 0 && told.emit('caught'));
      await using _thread = new ShipThread({ setup, onNews, onEnd: (cause) => assert.fail(cause) });
      await once(told, 'caught');
    };
    await shipped();
    assert.equal(lines(), 5);
    await log.grow(3);
    await shipped();
    assert.equal(lines(), 8);
  });

  test('ships a log that was begun anew from its beginning', async () => {
    using first = await signedLog(2);
    using second = await signedLog(3);
    for (const log of [first, second]) {
      const setup = setupOf(log.directory, log.verifier.verifierKey);
      await using thread = new ShipThread({ setup, onNews: () => {}, onEnd: (cause) => assert.fail(cause) });
      await thread[Symbol.asyncDispose]();
    }
    assert.equal(lines(), 5);
  });

  test('is started again when it ended, and says why it did', async () => {
    using log = await signedLog(2);
    const cursor = join(folder, 'shipping/archive.json');
    mkdirSync(cursor, { recursive: true });
    const told = new EventEmitter<{ ended: [Error]; news: [ShipNews] }>();
    const ended = once(told, 'ended');
    const setup = setupOf(log.directory, log.verifier.verifierKey);
    await using _thread = new ShipThread({
      setup,
      onNews: (news) => void told.emit('news', news),
      onEnd: (cause) => void told.emit('ended', cause),
      restartMs: 50,
    });
    const [cause] = await ended;
    assert.match(String(cause), /EISDIR/);
    const news = once(told, 'news');
    rmSync(cursor, { recursive: true });
    writeFileSync(cursor, '');
    await news;
    assert.equal(lines(), 2);
  });
});
