import { median } from '../measure.ts';
import { type Bar, round } from '../result.ts';
import { type Case, type Engine, GO_NOOP, TRACED } from './direct-cases.ts';
import type { Workload } from './workload.ts';

export interface DirectRow {
  readonly target: string;
  readonly workload: Workload['name'];
  readonly title: string;
  /** Whether Envoy's access log went to it too, one entry a call. */
  readonly entries: boolean;
  /** CPU time of the service, microseconds a call. */
  readonly median: number;
  readonly least: number;
  /** Medians over that of the Go no-op's allowed call of 1 KB; `null` without Go. */
  readonly toGo: number | null;
  /** The same over a no-op on the same engine that is asked the same and gets the same access log. */
  readonly toNoop: number | null;
  readonly samples: readonly number[];
}

/** What was found, one row a case. */
export function rowsOf(cases: readonly Case[]): DirectRow[] {
  const find = (of: (one: Case) => boolean): number | null => {
    const found = cases.find(of);
    return found === undefined ? null : median(found.samples);
  };
  const unit = find(({ target, workload }) => target.name === GO_NOOP && workload.name === 'allow');
  return cases.map(({ target, workload, expected: { logs }, samples }) => {
    const asked = workload.name === 'list' || workload.name === 'large' ? workload.name : 'allow';
    const noop = find(
      (one) =>
        target.engine !== undefined &&
        one.target.name === `no-op on ${target.engine}` &&
        one.workload.name === asked &&
        one.expected.logs === logs,
    );
    const found = median(samples);
    return {
      target: target.name,
      workload: workload.name,
      title: workload.title,
      entries: logs,
      median: round(found),
      least: round(Math.min(...samples)),
      toGo: unit === null ? null : round(found / unit, 2),
      toNoop: noop === null ? null : round(found / noop, 2),
      samples: samples.map((sample) => round(sample)),
    };
  });
}

/** What was to be reached, and what was found. */
export function barsOf(rows: readonly DirectRow[]): Bar[] {
  const of = (workload: Workload['name'], engine: Engine = 'http2'): DirectRow | undefined =>
    rows.find((row) => row.target === `Sallyport on ${engine}` && row.workload === workload);
  const over = (workload: Workload['name']): number | null => {
    const [one, allow] = [of(workload), of('allow')];
    return one === undefined || allow === undefined ? null : round(one.median / allow.median, 2);
  };
  const traced = (): number | null => {
    const [one, allow] = [rows.find(({ target }) => target === TRACED), of('allow')];
    return one === undefined || allow === undefined ? null : round(one.median / allow.median, 2);
  };
  return [
    { what: 'an allowed 1 KB call, over a no-op in Go', limit: 3.5, found: of('allow')?.toGo ?? null },
    { what: 'tracing 1 % of calls, over none', limit: 1.1, found: traced() },
    { what: '16 KB, over 1 KB', limit: 3, found: over('large') },
    { what: 'refused, over allowed', limit: 1, found: over('deny') },
    { what: '5 % new tokens, over a known one', limit: 1.3, found: over('fresh') },
  ];
}
