import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readSegments } from '../../src/audit/read-segments.ts';

/** How often is looked for what is about to come, once in 25 ms: half a minute, for machines that are short of time. */
const LOOKS = 1200;

/** A record about an allowed call, as far as tests look at it. */
export interface ToldRecord {
  readonly type: 'intent' | 'outcome';
  readonly decisionId: string;
  /** Of an outcome. */
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What the record in `folder` says of allowed calls. */
export async function toldRecords(folder: string): Promise<readonly ToldRecord[]> {
  const items = await Array.fromAsync(readSegments(join(folder, '.sallyport/record')));
  return items.flatMap((item) => {
    if (item.kind !== 'record') return [];
    const type = item.record.type.split('.').at(-2);
    if (type !== 'intent' && type !== 'outcome') return [];
    const data = item.record.data as Readonly<Record<string, unknown>>;
    return [{ type, decisionId: String(data['decision_id']), kind: String(data['kind']), data }];
  });
}

/** The outcome of each allowed call in order of its intent, as soon as there are so many; for none, as soon as all have one. */
export async function outcomes(folder: string, calls: number): Promise<readonly ToldRecord[]> {
  for (let left = LOOKS; ; left -= 1) {
    const told = await toldRecords(folder);
    const intents = told.filter(({ type }) => type === 'intent');
    const found = intents.flatMap(({ decisionId }) =>
      told.filter((one) => one.type === 'outcome' && one.decisionId === decisionId),
    );
    const isEnough = calls === 0 ? found.length === intents.length : found.length >= calls;
    if (isEnough || left === 0) return found;
    await pause(25);
  }
}

/** One sample of the metrics of a Sallyport, 0 when there is none. */
export async function metric(folder: string, sample: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socketPath = join(folder, '.sallyport/operator.sock');
  const asked = request({ socketPath, path: '/metrics', headers: { host: 'operator' } }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
    response.on('end', () => resolve(Buffer.concat(chunks).toString()));
  });
  asked.on('error', reject).end();
  const line = (await promise).split('\n').find((text) => text.startsWith(`${sample} `));
  return Number(line?.split(' ').at(-1) ?? 0);
}

/** Waits until a sample has that value. @returns The last value. */
export async function untilMetric(folder: string, sample: string, wanted: number): Promise<number> {
  for (let left = LOOKS; ; left -= 1) {
    const value = await metric(folder, sample);
    if (value === wanted || left === 0) return value;
    await pause(25);
  }
}

/** What the record in `folder` says to the operator of each refusal, as soon as there are so many. */
export async function refusals(folder: string, wanted = 0): Promise<readonly string[]> {
  for (let left = LOOKS; ; left -= 1) {
    const items = await Array.fromAsync(readSegments(join(folder, '.sallyport/record')));
    const found = items.flatMap((item) => {
      const told = item.kind === 'record' && item.record.type.endsWith('.refusal.v1');
      return told ? [String((item.record.data as Readonly<Record<string, unknown>>)['operator_detail'])] : [];
    });
    if (found.length >= wanted || left === 0) return found;
    await pause(25);
  }
}

/** Whether the record in `folder` comes to say to the operator of some refusal what matches. */
export async function isRefused(folder: string, wanted: RegExp): Promise<boolean> {
  for (let left = LOOKS; left > 0; left -= 1) {
    if ((await refusals(folder)).some((text) => wanted.test(text))) return true;
    await pause(25);
  }
  return false;
}
