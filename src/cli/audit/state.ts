import { readSegments } from '../../audit/read-segments.ts';
import type { BreakerState, RecordedState } from '../../audit/state/recorded-state.ts';
import { StateTally } from '../../audit/state/state-tally.ts';
import { boundText } from '../../kit/bound-text.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { readablePrincipal } from '../readable-principal.ts';
import { complainOf } from './complain-of.ts';
import { escapeJsonText } from './escape-json-text.ts';
import { placeOf, type WhereFlags } from './where.ts';

/**
 * `audit show N --state`: what the record up to its record N says of policy, limits and breakers. @returns the exit code: 1 when
 * there is no such record, or damage before it.
 */
export async function showState(wanted: string, flags: WhereFlags, io: CommandIo): Promise<number> {
  const number = Number(wanted);
  if (!/^\d{1,15}$/.test(wanted) || number === 0)
    throw new CommandError(`--state needs the number of a record, such as 42, not ${boundText(wanted, 100)}.`);
  const place = await placeOf(flags, io);
  if (place === undefined) return EXIT.negative;
  const { state, isWhole } = await stateAt(place, number, io);
  if (state?.record !== number) {
    io.complain(`error: there is no record ${number}.`);
    return EXIT.negative;
  }
  io.print(flags.json === true ? escapeJsonText(JSON.stringify(state)) : printState(state));
  return isWhole ? EXIT.ok : EXIT.negative;
}

async function stateAt(
  place: string,
  number: number,
  io: CommandIo,
): Promise<{ readonly state: RecordedState | undefined; readonly isWhole: boolean }> {
  const tally = new StateTally();
  let isWhole = true;
  for await (const item of readSegments(place)) {
    if (item.kind === 'record') {
      if (Number(item.record.sequence) > number) break;
      tally.add(item.record);
    } else if (item.kind === 'damage') {
      isWhole = false;
      complainOf(item, io);
    }
  }
  return { state: tally.state(), isWhole };
}

/** For a person: a heading each, and a line for each thing. */
function printState(state: RecordedState): string {
  const { policy, catalogue, bundle } = state;
  return [
    `record ${state.record}, ${state.time}, of ${plain(state.source)}`,
    ...section('policy', [
      policy === undefined ? 'no rule was asked yet' : `${plain(policy.sha256)}, since record ${policy.since_record}`,
      ...(policy === undefined ? [] : [`rules that had a say since: ${policy.rules_seen.map(plain).join(', ')}`]),
      ...(catalogue === undefined
        ? []
        : [`catalogue ${plain(catalogue.sha256)}, since record ${catalogue.since_record}`]),
      ...(bundle === undefined ? [] : [`bundle ${plain(bundle.name)} ${plain(bundle.state)}, record ${bundle.record}`]),
    ]),
    ...section(
      'limits',
      state.limits.map(
        ({ limit, caller, remaining, cost, record, refused_at: refused }) =>
          `${plain(limit)} of ${plain(readablePrincipal(caller ?? 'all'))}: ${remaining} left after ${cost} in record ${record}${refused === undefined ? '' : `; refused in record ${refused}`}`,
      ),
    ),
    ...section('limits that operators changed', state.limit_orders.map(printOrder)),
    ...section('stops', state.stops.map(printOrder)),
    ...section('log levels', state.log_levels.map(printOrder)),
    ...section('breakers', state.breakers.map(printBreaker)),
    ...section(
      'in progress',
      state.in_progress.map(({ server, tool, calls }) => `${plain(server)} ${plain(tool)}: ${calls}`),
    ),
    ...section('not known', state.unknown),
  ].join('\n');
}

function section(heading: string, lines: readonly string[]): readonly string[] {
  return ['', `${heading}:`, ...(lines.length === 0 ? ['    none is recorded'] : lines.map((line) => `    ${line}`))];
}

function printOrder({ kind, name, state, until, why, record }: RecordedState['stops'][number]): string {
  const what = [kind, name, state]
    .filter((part) => part !== undefined)
    .map(plain)
    .join(' ');
  return `${what}${until === undefined ? '' : ` until ${plain(until)}`}, record ${record}: ${plain(why)}`;
}

function printBreaker({ server, tool, set, seen }: BreakerState): string {
  const parts = [
    ...(set === undefined ? [] : [`set to ${plain(set.state)} in record ${set.record} (${plain(set.why)})`]),
    ...(seen === undefined
      ? []
      : [`${seen.did === 'refused' ? 'refused' : 'let through'} a call in record ${seen.record}`]),
  ];
  return `${plain(server)} ${plain(tool ?? '(all tools)')}: ${parts.join('; ')}`;
}

function plain(text = ''): string {
  return boundText(text, 200);
}
