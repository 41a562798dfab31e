import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { BundleError, type BundleFault } from './bundle-error.ts';
import { BundleHistory } from './bundle-history.ts';
import type { BundleIdentity } from './policy-bundle.ts';

function place(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-bundle-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

function bundle(revision: number, letter = 'a', name = 'acme'): BundleIdentity {
  return { name, revision, digest: letter.repeat(64) };
}

function refuses(work: () => unknown, fault: BundleFault, advice = /allow-rollback/): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof BundleError, String(error));
    assert.equal(error.fault, fault);
    assert.match(error.advice ?? '', advice);
    return true;
  });
}

suite('BundleHistory', () => {
  test('begins with any revision, and goes on to newer ones and to the same one', (context) => {
    const history = new BundleHistory(place(context));
    for (const [revision, letter, kind] of [
      [7, 'a', 'first'],
      [7, 'a', 'same'],
      [8, 'b', 'newer'],
      [100, 'c', 'newer'],
    ] as const) {
      assert.equal(history.check(bundle(revision, letter)).kind, kind);
      history.advance(bundle(revision, letter));
    }
  });

  test('refuses an older revision, other contents and another name, over restarts too', (context) => {
    const directory = place(context);
    new BundleHistory(directory).advance(bundle(7));
    const history = new BundleHistory(directory);
    refuses(() => history.check(bundle(6, 'b')), 'rollback');
    refuses(() => history.advance(bundle(6, 'b')), 'rollback');
    refuses(() => history.check(bundle(7, 'b')), 'rollback');
    refuses(() => history.check(bundle(8, 'b', 'other')), 'name');
    assert.equal(history.check(bundle(7)).kind, 'same');
  });

  test('never goes back by itself, in whatever order revisions come', (context) => {
    const directory = place(context);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 30 }), (revisions) => {
        rmSync(join(directory, 'policy-bundle.json'), { force: true });
        let last = 0;
        for (const revision of revisions) {
          const next = bundle(revision, String(revision % 10));
          const taken = attempt(() => new BundleHistory(directory).advance(next));
          assert.equal(taken, revision >= last);
          last = Math.max(last, revision);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('lets one older bundle in force when an operator permits it, once', (context) => {
    const directory = place(context);
    const history = new BundleHistory(directory);
    history.advance(bundle(7));
    history.permit(bundle(5, 'b'), 'revision 7 locks everybody out');
    refuses(() => history.check(bundle(5, 'c')), 'rollback');
    refuses(() => history.check(bundle(4, 'b')), 'rollback');
    const { kind, why } = history.check(bundle(5, 'b'));
    assert.deepEqual([kind, why], ['permitted', 'revision 7 locks everybody out']);
    history.advance(bundle(5, 'b'));
    assert.equal(existsSync(join(directory, 'policy-bundle.permit.json')), false);
    history.advance(bundle(7));
    refuses(() => history.check(bundle(5, 'b')), 'rollback');
  });

  test('forgets a permit when another bundle was in force meanwhile', (context) => {
    const history = new BundleHistory(place(context));
    history.advance(bundle(7));
    history.permit(bundle(5, 'b'), 'why');
    history.advance(bundle(8, 'c'));
    refuses(() => history.check(bundle(5, 'b')), 'rollback');
  });

  test('takes a file that it cannot read for no permission to begin anew', (context) => {
    const directory = place(context);
    const history = new BundleHistory(directory);
    history.advance(bundle(7));
    const path = join(directory, 'policy-bundle.json');
    const whole = readFileSync(path, 'utf8');
    for (const text of ['', '{', whole.slice(0, -5), '{"name":"acme","revision":0}', `${whole.slice(0, -2)},"a":1}`]) {
      writeFileSync(path, text);
      refuses(() => history.check(bundle(8, 'b')), 'state');
    }
    history.permit(bundle(8, 'b'), 'the disk was full');
    assert.equal(history.check(bundle(8, 'b')).kind, 'permitted');
    history.advance(bundle(8, 'b'));
    assert.equal(history.check(bundle(8, 'b')).kind, 'same');
  });

  test('keeps its files to their owner', (context) => {
    const directory = place(context);
    const history = new BundleHistory(directory);
    history.advance(bundle(7));
    history.permit(bundle(5, 'b'), 'why');
    for (const name of ['policy-bundle.json', 'policy-bundle.permit.json']) {
      assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600);
    }
  });
});

/** Whether `work` came to its end. */
function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    assert.ok(error instanceof BundleError, String(error));
    return false;
  }
}
