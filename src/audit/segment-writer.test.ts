import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { SegmentFiles } from './segment-files.ts';
import { SegmentWriter } from './segment-writer.ts';

/** Files in memory whose next write can be made short or failing, and whose truncation can be broken. */
function fakeFiles() {
  const contents = new Map<string, string>();
  const open = new Map<number, string>();
  const plan: (number | Error)[] = [];
  const state = { truncateFails: false };
  const files: SegmentFiles = {
    async create(path) {
      assert.ok(!contents.has(path), `${path} is there`);
      contents.set(path, '');
      open.set(open.size + 3, path);
      return open.size + 2;
    },
    async write(fd, bytes) {
      const step = plan.shift() ?? bytes.length;
      const taken = typeof step === 'number' ? step : 0;
      const path = open.get(fd) ?? '';
      contents.set(path, (contents.get(path) ?? '') + Buffer.from(bytes.subarray(0, taken)).toString());
      if (typeof step !== 'number') throw step;
      return taken;
    },
    async truncate(fd, length) {
      if (state.truncateFails) throw new Error('EIO');
      const path = open.get(fd) ?? '';
      contents.set(path, (contents.get(path) ?? '').slice(0, length));
    },
    async close() {},
  };
  return { files, contents, plan, state };
}

const bytes = (text: string): Buffer => Buffer.from(text);

suite('SegmentWriter', () => {
  test('goes on until a short write has taken all bytes', async () => {
    const { files, contents, plan } = fakeFiles();
    plan.push(2, 1);
    const writer = new SegmentWriter({ directory: '/log', files, segmentBytes: 100 });
    await writer.append(bytes('abcdef'), 1);
    assert.deepEqual([...contents], [['/log/segment-0000000000000001.log', 'abcdef']]);
  });

  test('cuts off the part of a failed batch before it appends the next', async () => {
    const { files, contents, plan } = fakeFiles();
    const writer = new SegmentWriter({ directory: '/log', files, segmentBytes: 100 });
    await writer.append(bytes('abc'), 1);
    plan.push(2, new Error('ENOSPC'));
    await assert.rejects(writer.append(bytes('defg'), 2), /ENOSPC/);
    await writer.append(bytes('hij'), 2);
    assert.deepEqual([...contents.values()], ['abchij']);
  });

  test('appends nothing while the part of a failed batch cannot be cut off', async () => {
    const { files, contents, plan, state } = fakeFiles();
    const writer = new SegmentWriter({ directory: '/log', files, segmentBytes: 100 });
    await writer.append(bytes('abc'), 1);
    plan.push(2, new Error('EIO'));
    state.truncateFails = true;
    await assert.rejects(writer.append(bytes('defg'), 2));
    await assert.rejects(writer.append(bytes('hij'), 2));
    assert.deepEqual([...contents.values()], ['abcde']);
    state.truncateFails = false;
    await writer.append(bytes('hij'), 2);
    assert.deepEqual([...contents.values()], ['abchij']);
  });

  test('refuses to spin on a file that takes nothing', async () => {
    const { files, plan } = fakeFiles();
    plan.push(0);
    const writer = new SegmentWriter({ directory: '/log', files, segmentBytes: 100 });
    await assert.rejects(writer.append(bytes('abc'), 1), /takes no more/);
  });

  test('begins a new segment, named by its first record, rather than outgrow the limit', async () => {
    const { files, contents } = fakeFiles();
    const writer = new SegmentWriter({ directory: '/log', files, segmentBytes: 5 });
    await writer.append(bytes('abc'), 1);
    await writer.append(bytes('def'), 4);
    assert.deepEqual(
      [...contents],
      [
        ['/log/segment-0000000000000001.log', 'abc'],
        ['/log/segment-0000000000000004.log', 'def'],
      ],
    );
  });

  test('lets a batch that is longer than a segment have one of its own', async () => {
    const { files, contents } = fakeFiles();
    const writer = new SegmentWriter({ directory: '/log', files, segmentBytes: 2 });
    await writer.append(bytes('abcdef'), 1);
    assert.deepEqual([...contents.values()], ['abcdef']);
  });
});
