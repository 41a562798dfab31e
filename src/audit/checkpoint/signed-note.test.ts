import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { suite, test } from 'node:test';
import { openCheckpoint, signCheckpoint } from './checkpoint.ts';
import { newNoteKey, NoteError, noteSigner, noteVerifier } from './signed-note.ts';

/* The example of golang.org/x/mod/sumdb/note, which has the same keys and signatures. */
const GO_PRIVATE = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
const GO_PUBLIC = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const GO_NOTE = `${GO_TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

suite('noteSigner(), noteVerifier()', () => {
  test('sign and verify as Go does', () => {
    const signer = noteSigner(GO_PRIVATE);
    assert.equal(signer.verifierKey, GO_PUBLIC);
    assert.equal(signer.sign(GO_TEXT), GO_NOTE);
    assert.equal(noteVerifier(GO_PUBLIC).open(GO_NOTE), GO_TEXT);
  });

  test('verify among other signatures', () => {
    const other = noteSigner(newNoteKey('other.example/log'));
    const both = `${GO_NOTE}${other.sign(GO_TEXT).slice(GO_TEXT.length + 1)}`;
    assert.equal(noteVerifier(GO_PUBLIC).open(both), GO_TEXT);
    assert.equal(noteVerifier(other.verifierKey).open(both), GO_TEXT);
  });

  for (const [what, note] of Object.entries({
    'a changed text': GO_NOTE.replace('answer', 'danger'),
    'a changed signature': GO_NOTE.replace('FFYC2', 'FFYC3'),
    'no signature': `${GO_TEXT}\n`,
    'no text': 'x',
    'a control character': GO_NOTE.replace('think', 'th\u0007nk'),
    'another line behind': `${GO_NOTE}x\n`,
    'nothing': '',
  })) {
    test(`refuse a note with ${what}`, () => {
      assert.throws(() => noteVerifier(GO_PUBLIC).open(note), NoteError);
    });
  }

  test('refuse the key of another of the same name', () => {
    const [one, two] = [noteSigner(newNoteKey('a')), noteSigner(newNoteKey('a'))];
    assert.throws(() => noteVerifier(one.verifierKey).open(two.sign('x\n')), NoteError);
  });

  test('refuse what is no key', () => {
    const wrongId = GO_PUBLIC.replace('c74f20a3', 'c74f20a4');
    for (const text of ['', 'a+b+c', wrongId, GO_PUBLIC.slice(0, -1), GO_PRIVATE])
      assert.throws(() => noteVerifier(text), NoteError, text);
    for (const text of ['', GO_PUBLIC, GO_PRIVATE.replace('c74f20a3', 'c74f20a4')])
      assert.throws(() => noteSigner(text), NoteError, text);
    assert.throws(() => newNoteKey('with space'), NoteError);
  });

  test('refuse a key whose name a terminal would act on', () => {
    const publicKey = Buffer.from(GO_PUBLIC.slice(-44), 'base64');
    for (const name of ['a\u001b[2J', 'a\u202e']) {
      const id = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), publicKey]), 'hex').slice(0, 8);
      assert.throws(() => noteVerifier(`${name}+${id}+${GO_PUBLIC.slice(-44)}`), /not a verifier key/);
    }
  });
});

suite('openCheckpoint()', () => {
  const signer = noteSigner(newNoteKey('sallyport/a/1'));
  const verifier = noteVerifier(signer.verifierKey);
  const root = Buffer.alloc(32, 7);

  test('reads what was signed', () => {
    const note = signCheckpoint({ size: 12, root }, signer);
    assert.match(note, /^sallyport\/a\/1\n12\n[A-Za-z0-9+/]{43}=\n\n— sallyport\/a\/1 /);
    assert.deepEqual(openCheckpoint(note, verifier), { origin: 'sallyport/a/1', size: 12, root });
  });

  test('refuses a signed text that is no checkpoint of this log', () => {
    const line = root.toString('base64');
    for (const text of [`other\n1\n${line}\n`, `sallyport/a/1\n01\n${line}\n`, `sallyport/a/1\n1\nAAAA\n`, 'x\n'])
      assert.throws(() => openCheckpoint(signer.sign(text), verifier), NoteError, text);
  });
});
