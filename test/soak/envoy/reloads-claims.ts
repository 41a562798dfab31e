import type { LoadAnswer } from '../../envoy/load/call-load.ts';
import { type Claim, listCounts } from '../claim.ts';
import { answersOf } from './answer-claims.ts';
import { countsOf } from './record-claims.ts';
import type { ReloadsReport, Turn } from './run-reloads.ts';

/** What is promised of rules that change while they are applied, held against a report. */
export function reloadsClaims({ options, tally, answers, turns, received }: ReloadsReport): Claim[] {
  const otherwise = [...tally.refused].filter(([how]) => how !== DENIED && how !== RELOADED);
  const wrong = answers.filter((answer) => !isRight(answer, turns));
  const strays = answers.filter(({ id, reading }) => received.has(id) !== (reading.kind === 'completed'));
  return [
    {
      text: 'answers each call by its rules, or says that they changed while it was decided',
      holds: tally.wrongs === 0 && otherwise.length === 0,
      found: answersOf(tally),
    },
    {
      text: 'answers by rules that were in force while the call ran',
      holds: wrong.length === 0 && turns.length === options.reloads + 1,
      found: `${turns.length - 1} reloads, ${wrong.length} calls answered by others${wrong.length === 0 ? '' : `: ${listCounts(countsOf(wrong.map(effectOf)))}`}`,
    },
    {
      text: 'lets the tool server see the calls that are completed, and no other',
      holds: strays.length === 0,
      found: `${received.size} reached it`,
    },
  ];
}

const DENIED = '200 policy.denied';
const RELOADED = '503 fault.reloaded';

/** What the answer says that the rules were. */
function effectOf({ reading }: LoadAnswer): Turn['effect'] | 'reloaded' | 'neither' {
  if (reading.kind === 'completed') return 'allow';
  const how = reading.kind === 'refused' ? `${reading.status} ${reading.why}` : '';
  if (how === RELOADED) return 'reloaded';
  return how === DENIED ? 'deny' : 'neither';
}

/** Whether some rules gave this answer that may have been in force at some time between its call and itself, or changed then. */
function isRight(answer: LoadAnswer, turns: readonly Turn[]): boolean {
  return turns.some(({ effect, writtenMs, inForceMs }, index) => {
    const isReloaded = effectOf(answer) === 'reloaded';
    const overMs = isReloaded ? inForceMs : (turns[index + 1]?.inForceMs ?? Infinity);
    return (isReloaded || effect === effectOf(answer)) && writtenMs <= answer.endedMs && overMs >= answer.sentMs;
  });
}
