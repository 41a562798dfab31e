import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { subjectKeyFiles } from './key-table.ts';
import { readHead } from './payload-head.ts';
import { shredSubject } from './shred-subject.ts';
import { segmentIdIn } from './segment-name.ts';
import {
  FIRST_KEK,
  kindsIn,
  NOW_MS,
  payload,
  SECOND_KEK,
  textsIn,
  vaultFixture,
  type VaultFixture,
} from './vault.fixture.ts';
import { itemsIn } from './vault-framing.ts';

/** What is encrypted under which key and nonce: the segment's id and the number. */
function noncesIn(fixture: VaultFixture): readonly string[] {
  return [...fixture.segments()].flatMap(([name, bytes]) =>
    [...itemsIn(bytes)].flatMap((item) =>
      item.kind === 'entry' ? [`${segmentIdIn(name)} ${readHead(item.head)?.number}`] : [],
    ),
  );
}

suite('VaultWriter', () => {
  test('writes what is read again, subject by subject', () => {
    using vault = vaultFixture();
    const writer = vault.writer();
    const news = writer.write([payload('one'), payload('two', { subject: 'bob' }), payload('', { kept: 'too_long' })]);
    assert.deepEqual(news.kept, { arguments: 3, reply: 0 });
    writer.close();
    assert.deepEqual(textsIn(vault.read()), ['one', 'two', '']);
    assert.deepEqual(kindsIn(vault.read()), ['payload', 'payload', 'payload']);
    assert.equal(subjectKeyFiles(vault.places).length, 2);
  });

  test('keeps nothing in the clear, and nothing that others may read', () => {
    using vault = vaultFixture();
    const writer = vault.writer();
    writer.write([payload('a secret of somebody', { decisionId: 'one' })]);
    writer.close();
    for (const [name, bytes] of vault.segments()) {
      assert.equal(bytes.includes('secret'), false);
      assert.equal(statSync(join(vault.places.directory, name)).mode & 0o777, 0o600);
    }
    const files = subjectKeyFiles(vault.places).map(({ path }) => statSync(path).mode & 0o777);
    assert.deepEqual([files, statSync(vault.places.directory).mode & 0o777], [[0o600], 0o700]);
  });

  test('refuses a directory that others can use', () => {
    using vault = vaultFixture();
    vault.writer();
    chmodSync(vault.places.directory, 0o750);
    assert.throws(() => vault.writer(), /has mode 750: others could use it. Set it to 0700/);
  });

  test('never encrypts twice under one key and number, whatever fails and however often it is begun anew', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ does: fc.constant('write' as const), count: fc.integer({ min: 1, max: 5 }) }),
        fc.record({ does: fc.constantFrom('restart' as const, 'kill' as const, 'break' as const, 'mend' as const) }),
      ),
      { maxLength: 24 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        using vault = vaultFixture();
        const encrypted: string[] = [];
        let nowMs = NOW_MS;
        let isBroken = false;
        const begun = new Map<number, string>();
        // What the disk did not take counts as well: somebody may have seen it.
        const write = (fd: number, bytes: Uint8Array): number => {
          for (const item of itemsIn(Buffer.from(bytes))) {
            const head = item.kind === 'entry' ? readHead(item.head) : undefined;
            if (head?.kind === 'begin') begun.set(fd, head.segment);
            encrypted.push(`${begun.get(fd)} ${head?.number}`);
          }
          if (isBroken) throw new Error('ENOSPC');
          return writeSync(fd, bytes);
        };
        const begin = () => vault.writer({ segmentPayloads: 7, nowMs: () => (nowMs += 600), write });
        let writer = begin();
        for (const step of all) {
          if (step.does === 'write')
            writer.write(Array.from({ length: step.count }, (_, index) => payload(`${index}`)));
          else if (step.does === 'restart') writer.close();
          isBroken = step.does === 'break' || (isBroken && step.does !== 'mend');
          if (step.does === 'restart' || step.does === 'kill') writer = begin();
        }
        assert.equal(new Set(encrypted).size, encrypted.length);
        const kept = noncesIn(vault);
        assert.equal(new Set(kept).size, kept.length);
      }),
      { numRuns: 60 },
    );
  });

  test('finds every byte of a segment that was changed', () => {
    using vault = vaultFixture();
    const writer = vault.writer();
    writer.write([payload('one'), payload('two', { kind: 'reply' })]);
    writer.close();
    const [[name, bytes] = ['', Buffer.alloc(0)]] = vault.segments();
    const whole = kindsIn(vault.read());
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(bytes);
        changed[at] = (bytes[at] ?? 0) ^ flip;
        writeFileSync(join(vault.places.directory, name), changed);
        assert.notDeepEqual(kindsIn(vault.read()), whole);
      }),
      { numRuns: 400 },
    );
  });

  test('finds an entry that was taken out, doubled, moved, or brought from another segment', () => {
    using vault = vaultFixture();
    for (const text of ['a', 'b']) {
      const writer = vault.writer({ nowMs: () => NOW_MS + text.charCodeAt(0) });
      writer.write([payload(`${text}1`), payload(`${text}2`)]);
      writer.close();
    }
    const [[name, bytes] = ['', Buffer.alloc(0)], [, others] = ['', Buffer.alloc(0)]] = vault.segments();
    const partsOf = (segment: Buffer): readonly Buffer[] => {
      const starts = [...itemsIn(segment)].map(({ offset }) => offset);
      return starts.map((start, index) => segment.subarray(start, starts[index + 1]));
    };
    const [begin, one, two, end] = partsOf(bytes) as [Buffer, Buffer, Buffer, Buffer];
    const [, foreign] = partsOf(others) as [Buffer, Buffer];
    for (const forged of [
      [begin, one, end],
      [begin, one, two, two, end],
      [begin, two, one, end],
      [begin, foreign, two, end],
      [begin, one, two, end, one],
      [one, two, end],
      [begin, end],
    ]) {
      writeFileSync(join(vault.places.directory, name), Buffer.concat(forged));
      assert.ok(kindsIn(vault.read()).includes('wrong'));
    }
    writeFileSync(join(vault.places.directory, name), Buffer.concat([begin, one, two]));
    assert.deepEqual(
      kindsIn(vault.read()).filter((kind) => kind !== 'payload'),
      ['open-end'],
    );
  });

  test('begins a segment with a key of its own when one is full, old, or its process ended', () => {
    using vault = vaultFixture();
    let nowMs = NOW_MS;
    const options = { segmentPayloads: 4, segmentAgeMs: 5000, nowMs: () => (nowMs += 1) };
    const writer = vault.writer(options);
    writer.write([payload('1'), payload('2'), payload('3'), payload('4')]);
    assert.equal(vault.segments().size, 2);
    nowMs += 5000;
    writer.write([payload('5')]);
    assert.equal(vault.segments().size, 3);
    vault.writer(options).write([payload('6')]);
    assert.equal(vault.segments().size, 4);
    assert.deepEqual(textsIn(vault.read()), ['1', '2', '3', '4', '5', '6']);
    assert.equal(readdirSync(vault.places.segmentKeys).length, 4);
  });

  test('counts what a full disk does not take, and tells it in a gap when there is room again', () => {
    using vault = vaultFixture();
    let [nowMs, room] = [NOW_MS, Infinity];
    const write = (fd: number, bytes: Uint8Array): number => {
      if (room <= 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      const taken = writeSync(fd, bytes.subarray(0, Math.min(bytes.length, room)));
      room -= taken;
      return taken;
    };
    const writer = vault.writer({ nowMs: () => nowMs, write });
    writer.write([payload('before')]);
    room = 100;
    const news = writer.write([payload('x'.repeat(500)), payload('lost', { kind: 'reply' })]);
    assert.deepEqual(
      [news.kept, news.lost],
      [
        { arguments: 0, reply: 0 },
        { arguments: 1, reply: 1 },
      ],
    );
    assert.match(news.failing?.why ?? '', /ENOSPC/);
    // While it fails it is tried once a second only.
    room = Infinity;
    assert.deepEqual(writer.write([payload('too early')]).lost, { arguments: 1, reply: 0 });
    nowMs += 1001;
    const again = writer.write([payload('after')], { arguments: 0, reply: 3 });
    assert.deepEqual([again.kept, again.failing], [{ arguments: 1, reply: 0 }, undefined]);
    writer.close();
    assert.deepEqual(textsIn(vault.read()), ['before', 'after']);
    const gaps = vault.read().flatMap((reading) => (reading.kind === 'gap' ? [reading.head.lost] : []));
    assert.deepEqual(gaps, [{ arguments: 2, reply: 4 }]);
    assert.deepEqual(
      kindsIn(vault.read()).filter((kind) => kind === 'wrong'),
      [],
    );
  });

  test('warns when its key was used half as often as it may be, and then uses it no more', () => {
    using vault = vaultFixture();
    let nowMs = NOW_MS;
    const options = { maxKeyUses: 64, nowMs: () => (nowMs += 2000) };
    // A restart uses the key once more for its segment: also what a crash reserved counts.
    const newest = Array.from({ length: 6 }, (_, index) => {
      const writer = vault.writer(options);
      return writer.write([payload('one', { subject: `subject ${index}` })]);
    });
    assert.deepEqual(
      newest.map(({ wear }) => wear.isDue),
      [false, true, true, true, true, true],
    );
    assert.deepEqual(
      newest.map(({ wear }) => wear.uses),
      [16, 32, 48, 64, 64, 64],
    );
    assert.deepEqual(
      newest.map(({ failing }) => failing?.isKeyUsedUp ?? false),
      [false, false, false, false, true, true],
    );
    assert.deepEqual(newest.at(-1)?.lost, { arguments: 1, reply: 0 });
    const fresh = vault.writer({ ...options, keks: [SECOND_KEK, FIRST_KEK] }).write([payload('with another key')]);
    assert.deepEqual(fresh.kept, { arguments: 1, reply: 0 });
  });

  test('goes on for subjects that have a key when there can be no more of them', () => {
    using vault = vaultFixture();
    let nowMs = NOW_MS;
    const writer = vault.writer({ maxKeyUses: 32, nowMs: () => (nowMs += 2000) });
    const subjects = Array.from({ length: 40 }, (_, index) => `subject ${index}`);
    const kept = subjects.filter((subject) => writer.write([payload(subject, { subject })]).kept.arguments === 1);
    assert.deepEqual(kept, subjects.slice(0, 31), 'the first use was for the segment');
    assert.deepEqual(writer.write([payload('again', { subject: 'subject 3' })]).kept, { arguments: 1, reply: 0 });
    writer.close();
    assert.equal(vault.segments().size, 1);
    assert.deepEqual(textsIn(vault.read()), [...kept, 'again']);
    assert.deepEqual(new Set(kindsIn(vault.read())), new Set(['payload', 'gap']));
  });

  test('forgets a key that is deleted while it writes, and makes another one for what comes after', () => {
    using vault = vaultFixture();
    const writer = vault.writer();
    writer.write([payload('before'), payload('of another', { subject: 'bob' })]);
    const subject = { issuer: 'https://idp.example', subject: 'alice' };
    const shred = shredSubject(subject, { places: vault.places, why: 'asked for', nowMs: NOW_MS });
    assert.equal(shred?.keys.length, 1);
    writer.write([payload('after')]);
    writer.close();
    assert.deepEqual(textsIn(vault.read()), ['of another', 'after']);
    assert.deepEqual(kindsIn(vault.read()), ['locked shredded', 'payload', 'payload']);
  });

  test('does not use a deleted key that came back from a backup, and neither does who reads', () => {
    using vault = vaultFixture();
    const writer = vault.writer();
    writer.write([payload('before')]);
    writer.close();
    const [file] = subjectKeyFiles(vault.places);
    const backup = readFileSync(file?.path ?? '');
    shredSubject({ issuer: 'https://idp.example', subject: 'alice' }, { places: vault.places, why: '', nowMs: NOW_MS });
    writeFileSync(file?.path ?? '', backup);
    const next = vault.writer({ nowMs: () => NOW_MS + 1 });
    next.write([payload('after')]);
    next.close();
    assert.deepEqual(kindsIn(vault.read()), ['locked shredded', 'payload']);
    assert.equal(subjectKeyFiles(vault.places).length, 2);
  });

  test('leaves what was written when it is killed, and the next one goes on beside it', async () => {
    using vault = vaultFixture();
    const program = join(import.meta.dirname, 'write-payloads.fixture.ts');
    const child = spawn(process.execPath, [program, vault.places.directory.replace(/\/vault$/, '')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    for await (const chunk of child.stdout) {
      said += String(chunk);
      if (said.split('\n').length > 20) child.kill('SIGKILL');
    }
    if (child.signalCode === null) await once(child, 'exit');
    const promised = said.split('\n').slice(0, -1);
    const writer = vault.writer();
    writer.write([payload('after')]);
    writer.close();
    const readings = vault.read();
    const texts = new Set(textsIn(readings));
    assert.deepEqual(
      promised.filter((text) => !texts.has(text)),
      [],
    );
    assert.ok(texts.has('after'));
    assert.deepEqual(
      readings.filter(({ kind }) => kind === 'wrong'),
      [],
    );
    assert.equal(new Set(noncesIn(vault)).size, noncesIn(vault).length);
  });
});
