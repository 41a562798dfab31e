import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { clearedFacts, receivedExchange } from '../../audit/facts.fixture.ts';
import { createRecorder } from '../../audit/recorder.ts';
import { RECORDER_CONFIG } from '../../audit/recorder-config.fixture.ts';
import type { RecordedState } from '../../audit/state/recorded-state.ts';
import type { Facts } from '../../decision/facts.ts';
import { deny } from '../../decision/verdict.ts';
import { CommandError } from '../command-error.ts';
import { listeningIo } from '../command-io.fixture.ts';
import { showState } from './state.ts';

const START = Date.UTC(2027, 0, 15, 8);
const at = (second: number): string => new Date(START + second * 1000).toISOString();

/** A call of the tool of the fixture that took one token of `files.rate` and left `remaining`. */
function call(id: string, remaining: number, policyDigest = 'a'.repeat(64)): Facts {
  const facts = clearedFacts(id);
  const taken = [{ limit: 'files.rate', cost: 1, remaining }];
  return { ...facts, ruling: { ...facts.ruling, policyDigest }, reservation: { taken } };
}

suite('sallyport audit show N --state', () => {
  let directory = '';
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sallyport-state-'));
    let second = 0;
    const clock = { nowMs: () => START + second * 1000, monotonicMs: () => 0 };
    const recorder = await createRecorder({
      directory,
      keyPath: `${directory}.key`,
      config: RECORDER_CONFIG,
      source: 'urn:sallyport:test',
      clock,
    });
    const later = async (write: () => Promise<void> | void): Promise<void> => {
      second += 1;
      await write();
    };
    const refuse = (id: string, reason: 'breaker.open' | 'limit.exceeded', rule?: string): void => {
      const facts = call(id, 0);
      const detail = rule === undefined ? {} : { rule };
      recorder.refusal(receivedExchange(id), deny('availability', reason, detail), {
        call: facts.call,
        identity: facts.identity,
        ruling: facts.ruling,
      });
    };
    const order = { id: 'one', kind: 'tool', name: 'files/read_file', why: 'it misbehaves' };
    await later(() => recorder.intent(call('d1', 9)));
    await later(() => recorder.intent(call('d2', 8)));
    await later(() => recorder.outcome({ decisionId: 'd1', kind: 'answered', durationMs: 1, replyBytes: 1 }));
    await later(() => recorder.operator({ action: 'stop.set', ...order, until: at(8) }));
    await later(() => refuse('d3', 'breaker.open'));
    await later(() => refuse('d4', 'limit.exceeded', 'files.rate'));
    await later(() =>
      recorder.operator({ action: 'breaker.set', server: 'files', state: 'disabled', was: 'open', why: 'test' }),
    );
    await later(() => recorder.intent(call('d5', 9, 'b'.repeat(64))));
    await recorder.close();
  });
  after(() => {
    rmSync(directory, { recursive: true });
    rmSync(`${directory}.key`);
  });

  async function stateAt(number: number): Promise<RecordedState> {
    const io = listeningIo();
    assert.equal(await showState(String(number), { config: '', directory, json: true }, io), 0, io.complained());
    return JSON.parse(io.said()) as RecordedState;
  }

  test('says which rules and catalogue were in force, since when', async () => {
    const [second, last] = [await stateAt(2), await stateAt(8)];
    const rules_seen = ['files.read', 'files.workspace'];
    assert.deepEqual(second.policy, { record: 2, time: at(2), sha256: 'a'.repeat(64), since_record: 1, rules_seen });
    assert.deepEqual(last.policy, { record: 8, time: at(8), sha256: 'b'.repeat(64), since_record: 8, rules_seen });
    assert.equal(last.catalogue?.since_record, 1);
  });

  test('says what limits had left, of whom, and whether they refused since', async () => {
    const limitsAt = async (number: number) =>
      (await stateAt(number)).limits.map(({ limit, remaining, record, refused_at }) => [
        limit,
        remaining,
        record,
        refused_at,
      ]);
    assert.deepEqual(await limitsAt(1), [['files.rate', 9, 1, undefined]]);
    assert.deepEqual(await limitsAt(4), [['files.rate', 8, 2, undefined]]);
    assert.deepEqual(await limitsAt(7), [['files.rate', 8, 2, 6]]);
    assert.deepEqual(await limitsAt(8), [['files.rate', 9, 8, undefined]]);
  });

  test('says what breakers did to calls, and what operators set', async () => {
    const refused = { server: 'files', tool: 'read_file', seen: { record: 5, time: at(5), did: 'refused' } };
    assert.deepEqual((await stateAt(4)).breakers, []);
    assert.deepEqual((await stateAt(5)).breakers, [refused]);
    const set = { record: 7, time: at(7), state: 'disabled', was: 'open', why: 'test' };
    assert.deepEqual((await stateAt(8)).breakers, [
      { ...refused, seen: { record: 8, time: at(8), did: 'let_through' } },
      { server: 'files', set },
    ]);
  });

  test('says what was stopped, until it ended by itself, and what was in progress', async () => {
    const [before_, during, after_] = [await stateAt(3), await stateAt(7), await stateAt(8)];
    assert.deepEqual([before_.stops.length, during.stops.length, after_.stops.length], [0, 1, 0]);
    assert.deepEqual(during.in_progress, [{ server: 'files', tool: 'read_file', calls: 1 }]);
  });

  test('says what the record does not tell', async () => {
    assert.match(
      (await stateAt(8)).unknown.join('\n'),
      /Breakers: changes that they make by themselves are not recorded/,
    );
  });

  test('is readable for a person', async () => {
    const io = listeningIo();
    assert.equal(await showState('8', { config: '', directory }, io), 0);
    assert.match(io.said(), /policy:\n {4}b{64}, since record 8\n[^]*files read_file: let through a call in record 8/);
    assert.match(io.said(), /files\.rate of .*: 9 left after 1 in record 8/);
  });

  test('fails where there is no such record, and for what is no number', async () => {
    const io = listeningIo();
    assert.equal(await showState('9', { config: '', directory }, io), 1);
    assert.match(io.complained(), /there is no record 9/);
    await assert.rejects(showState('d1', { config: '', directory }, io), CommandError);
  });
});
