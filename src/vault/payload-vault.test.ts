import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { suite, test } from 'node:test';
import type { Call } from '../call/call.ts';
import { FieldClasses } from '../call/field-classes.ts';
import { call, facts } from '../decision/facts.fixture.ts';
import type { Facts } from '../decision/facts.ts';
import { fromPlain, type JsonObject } from '../kit/json.ts';
import type { Judged, ReplyJudge } from '../outcome/reply-judge.ts';
import type { PayloadVaultConfig } from './config.ts';
import type { KeptPayload } from './kept-payload.ts';
import { PayloadVault } from './payload-vault.ts';

const KEEP: PayloadVaultConfig['keep'] = [
  { server: 'files', tools: ['read_file'], omit: ['/token'], omit_reply: ['/secret'] },
];

interface Heard {
  readonly vault: PayloadVault;
  readonly posted: KeptPayload[];
  readonly lost: string[];
  held(): number;
}

/** A vault that hands over to this test, with so much room. */
function vaultWith({ room = 100_000, maxBytes = 1000 } = {}): Heard {
  const [posted, lost]: [KeptPayload[], string[]] = [[], []];
  let held = 0;
  const reserve = (bytes: number): boolean => {
    if (held + bytes > room) return false;
    held += bytes;
    return true;
  };
  const vault = new PayloadVault({
    config: { keep: KEEP, max_payload_bytes: maxBytes },
    thread: {
      reserve,
      release: (bytes) => void (held -= bytes),
      post: (payload) => reserve(payload.bytes.length) && posted.push(payload) > 0,
      lose: (kind) => void lost.push(kind),
    },
    onFault: (_id, cause) => assert.fail(String(cause)),
  });
  return { vault, posted, lost, held: () => held };
}

function factsOf(args: unknown, changes: Partial<Call> = {}): Facts {
  const text = JSON.stringify(args);
  const body = Buffer.from(`{"params":{"arguments":${text}}}`);
  const start = body.indexOf(text);
  return {
    ...facts,
    call: {
      ...call,
      args: fromPlain(args) as JsonObject,
      body,
      spanOf: () => ({ start, end: start + Buffer.byteLength(text) }),
      ...changes,
    },
  };
}

const says = (judged: Judged): ReplyJudge => ({ seen: { toolError: false }, judge: () => judged });
const passing = says({ kind: 'pass' });
const outcome = { decisionId: call.decisionId, kind: 'answered', durationMs: 1, replyBytes: 1 } as const;
const textOf = (payload: KeptPayload | undefined): string => Buffer.from(payload?.bytes ?? []).toString();

suite('PayloadVault', () => {
  test('hands over the arguments as they came, and says what proves them', () => {
    const { vault, posted } = vaultWith();
    const note = vault.argumentsOf(factsOf({ b: 1, a: '1.0' }));
    const [payload] = posted;
    assert.equal(textOf(payload), '{"b":1,"a":"1.0"}');
    const bytes = Buffer.concat([payload?.salt ?? Buffer.alloc(0), payload?.bytes ?? Buffer.alloc(0)]);
    assert.deepEqual(note, { bytes: 17, commitment: hash('sha256', bytes, 'hex'), kept: 'whole' });
  });

  test('says something else of the same arguments each time', () => {
    const { vault } = vaultWith();
    const notes = [1, 2].map((id) => vault.argumentsOf(factsOf({ pin: '0000' }, { decisionId: `${id}` }))?.commitment);
    assert.notEqual(notes[0], notes[1]);
  });

  test('keeps nothing of other tools, other servers, and what is no tool call', () => {
    const { vault, posted } = vaultWith();
    const others: readonly Partial<Call>[] = [
      { target: { kind: 'tool', name: 'write_file' } },
      { server: 'others' },
      { target: { kind: 'prompt', name: 'read_file' } },
      { kind: 'notification' },
    ];
    for (const other of others) {
      const those = factsOf({ a: 1 }, other);
      assert.equal(vault.argumentsOf(those), undefined);
      assert.equal(vault.listening(passing, those), passing);
      assert.equal(vault.replyOf(outcome), undefined);
    }
    assert.deepEqual(posted, []);
  });

  test('leaves out what is never kept, of arguments and replies', () => {
    const { vault, posted } = vaultWith();
    const classes = FieldClasses.of({ declared: [{ path: ['list', '*', 'password'], class: 'secret' }] });
    const list = [{ password: 'hunter2', user: 'a' }];
    const those = factsOf({ token: 't0ps3cret', list, other: 1 }, { classes });
    vault.argumentsOf(those);
    vault.listening(passing, those).judge(Buffer.from('{"id":1,"result":{"secret":{"a":"s3cr3t"},"shown":2}}'));
    vault.replyOf(outcome);
    assert.deepEqual(posted.map(textOf), [
      '{"token":"(omitted)","list":[{"password":"(omitted)","user":"a"}],"other":1}',
      '\u001e{"id":1,"result":{"secret":"(omitted)","shown":2}}\n',
    ]);
    assert.deepEqual(
      posted.map(({ omitted }) => omitted),
      [true, true],
    );
  });

  test('keeps of a reply what was passed on, message by message', () => {
    const { vault, posted, held } = vaultWith();
    const those = factsOf({});
    vault.argumentsOf(those);
    const replaced = says({ kind: 'replace', bytes: Buffer.from('{"changed":true}') });
    vault.listening(passing, those).judge(Buffer.from('{"progress":1}'));
    vault.listening(replaced, those).judge(Buffer.from('{"task":"handle of the server"}'));
    vault.listening(says({ kind: 'drop' }), those).judge(Buffer.from('{"of":"another"}'));
    vault.listening(says({ kind: 'reject', reason: 'reply.unreadable' }), those).judge(Buffer.from('{'));
    const note = vault.replyOf(outcome);
    assert.equal(textOf(posted[1]), '\u001e{"progress":1}\n\u001e{"changed":true}\n');
    assert.equal(note?.kept, 'whole');
    assert.equal(
      held(),
      posted.reduce((sum, { bytes }) => sum + bytes.length, 0),
    );
    assert.equal(vault.replyOf(outcome), undefined);
  });

  test('says that a reply was not seen, and nothing of one that did not come', () => {
    const { vault } = vaultWith();
    for (const [kind, said] of [
      ['unknown', { bytes: 0, kept: 'unseen' }],
      ['answered', { bytes: 0, kept: 'unseen' }],
      ['upstream-failed', undefined],
      ['undelivered', undefined],
    ] as const) {
      vault.argumentsOf(factsOf({}));
      assert.deepEqual(vault.replyOf({ ...outcome, kind }), said);
    }
  });

  test('keeps the digest alone of what is too long, and proves that as well', () => {
    const { vault, posted, held } = vaultWith({ maxBytes: 20 });
    const those = factsOf({ text: 'x'.repeat(50) });
    const notes = [vault.argumentsOf(those)];
    const judge = vault.listening(passing, those);
    for (let count = 0; count < 5; count += 1) judge.judge(Buffer.from(`{"part":${count}}`));
    notes.push(vault.replyOf(outcome));
    assert.deepEqual(
      notes.map((note) => note?.kept),
      ['too_long', 'too_long'],
    );
    assert.deepEqual(
      posted.map(({ bytes }) => bytes.length),
      [0, 0],
    );
    assert.deepEqual([notes[1]?.bytes, held()], [5 * 12, 0]);
    const whole = Buffer.from(
      '\u001e{"part":0}\n\u001e{"part":1}\n\u001e{"part":2}\n\u001e{"part":3}\n\u001e{"part":4}\n',
    );
    const proof = hash('sha256', Buffer.concat([posted[1]?.salt ?? whole, whole]), 'hex');
    assert.equal(notes[1]?.bytes === whole.length && notes[1].commitment, proof);
  });

  test('counts what there is no room for, and holds no more than it may', () => {
    const { vault, posted, lost, held } = vaultWith({ room: 40 });
    const those = factsOf({ a: 1 });
    vault.argumentsOf(those);
    const judge = vault.listening(passing, those);
    for (let count = 0; count < 100; count += 1) judge.judge(Buffer.from(`{"part":${count}}`));
    assert.equal(vault.replyOf(outcome)?.kept, 'no');
    assert.equal(vault.argumentsOf(factsOf({ text: 'x'.repeat(50) }))?.kept, 'no');
    assert.deepEqual([posted.length, lost], [1, ['reply', 'arguments']]);
    assert.equal(held(), posted[0]?.bytes.length);
  });

  test('fails no call when it fails itself', () => {
    const faults: unknown[] = [];
    const fails = (): never => {
      throw new Error('broken');
    };
    const vault = new PayloadVault({
      config: { keep: KEEP, max_payload_bytes: 100 },
      thread: { reserve: fails, release: fails, post: fails, lose: fails },
      onFault: (_id, cause) => void faults.push(cause),
    });
    const those = factsOf({ a: 1 });
    assert.deepEqual(vault.argumentsOf(those), { bytes: 0, kept: 'no' });
    assert.deepEqual(vault.listening(passing, those).judge(Buffer.from('{}')), { kind: 'pass' });
    assert.deepEqual(vault.replyOf(outcome), { bytes: 0, kept: 'no' });
    assert.equal(faults.length, 3);
  });
});
