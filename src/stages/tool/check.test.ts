import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Call } from '../../call/call.ts';
import { catalogueWith, deleteAll, json, pinned, readFile, serverWith } from '../../catalogue/catalogue.fixture.ts';
import { memoryQuarantine } from '../../catalogue/memory-quarantine.fixture.ts';
import { Quarantine } from '../../catalogue/quarantine.ts';
import { call as anyCall } from '../../decision/facts.fixture.ts';
import type { CoveringGrant } from '../facts.ts';
import { checkTarget } from './check.ts';

const tool = pinned(readFile);
const catalogue = catalogueWith(
  serverWith([tool, pinned({ name: 'broken' }), pinned(deleteAll, { effects: ['destructive'] })]),
);
const quarantine = new Quarantine(memoryQuarantine());
const none: CoveringGrant = { kind: 'none' };

function check(fields: Partial<Call>, grant: CoveringGrant = none, shut = quarantine): ReturnType<typeof checkTarget> {
  return checkTarget({ ...anyCall, ...fields }, grant, { catalogue: () => catalogue, quarantine: shut });
}

function calling(name: string, args: object = {}): Partial<Call> {
  return { target: { kind: 'tool', name }, args: json(args) };
}

function reasonOf(finding: ReturnType<typeof checkTarget>): string {
  return finding.kind === 'found' ? 'found' : finding.reason;
}

function grantFor(schemaSha256: string): CoveringGrant {
  return { kind: 'token', tool: { arguments: undefined, schemaSha256 } };
}

suite('checkTarget()', () => {
  test('finds the pinned tool', () => {
    const finding = check(calling('read_file', { path: '/a' }));
    assert.ok(finding.kind === 'found');
    const { kind, name, pin, effects, durability } = finding.value;
    assert.deepEqual([kind, name, pin, effects, durability], ['tool', 'read_file', tool.pin, ['read'], 'bounded']);
  });

  test('has nothing to check about other calls', () => {
    for (const target of [{ kind: 'prompt', name: 'a' }, { kind: 'resource', uri: 'a' }, { kind: 'none' }] as const) {
      assert.deepEqual(check({ target }), { kind: 'found', value: { kind: 'not-a-tool' } });
    }
  });

  test('refuses a tool that is not pinned, however close its name', () => {
    for (const name of [
      'new',
      'Read_file',
      'read_file ',
      'read_file\u0000',
      'read_file\u200b',
      'ｒead_file',
      '__proto__',
      'constructor',
      '*',
      '',
    ]) {
      assert.equal(reasonOf(check(calling(name, { path: '/a' }))), 'tool.unknown', JSON.stringify(name));
    }
    assert.equal(reasonOf(check({ ...calling('read_file', { path: '/a' }), server: 'mail' })), 'tool.unknown');
  });

  test('refuses a tool in quarantine, and no other', () => {
    const shut = new Quarantine(memoryQuarantine());
    shut.add({ server: 'files', tool: 'read_file', pin: tool.pin, seen: '', sinceMs: 0, principal: '', diff: [] });
    assert.equal(reasonOf(check(calling('read_file', { path: '/a' }), none, shut)), 'tool.quarantined');
    assert.equal(reasonOf(check(calling('delete_all'), none, shut)), 'found');
  });

  test('refuses a tool whose definition cannot be enforced, and tells the operator why', () => {
    const finding = check(calling('broken'));
    assert.equal(reasonOf(finding), 'tool.unusable');
    assert.match(finding.kind === 'deny' ? (finding.operatorDetail ?? '') : '', /inputSchema/);
  });

  const wrong: Record<string, [object, string]> = {
    'an argument of another type': [{ path: 1 }, '/path'],
    'an argument that the schema does not declare': [{ path: '/a', mode: 'raw' }, ''],
    'a missing argument': [{}, ''],
  };
  for (const [what, [args, pointer]] of Object.entries(wrong)) {
    test(`refuses ${what} with its place and what is allowed`, () => {
      const finding = check(calling('read_file', args));
      assert.ok(finding.kind === 'deny');
      assert.equal(finding.reason, 'tool.arguments');
      assert.ok(finding.detail.argument?.startsWith(pointer));
      assert.match(finding.detail.message ?? '', /./);
      assert.match(finding.detail.allowed ?? '', /./);
    });
  }

  test('refuses a grant for another definition', () => {
    const args = { path: '/a' };
    assert.equal(reasonOf(check(calling('read_file', args), grantFor('a'.repeat(64)))), 'grant.schema-changed');
    assert.equal(reasonOf(check(calling('read_file', args), grantFor(tool.pin))), 'found');
  });

  test('refuses a tool that can do more than was granted', () => {
    const granted: CoveringGrant = { kind: 'token', tool: { arguments: undefined, effects: ['read'] } };
    assert.equal(reasonOf(check(calling('delete_all'), granted)), 'grant.not-covered');
    assert.equal(reasonOf(check(calling('read_file', { path: '/a' }), granted)), 'found');
  });
});
