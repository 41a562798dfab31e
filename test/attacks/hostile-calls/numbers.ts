import type { ReasonCode } from '../../../src/call/reason.ts';
import { EVERYWHERE, type HostileCall, hostile, PYTHON } from '../hostile-call.ts';
import { callText, rawRequest } from '../raw-request.ts';

/** `add` with this text as its arguments. */
const add = (
  name: string,
  args: string,
  refusedFor: readonly ReasonCode[],
  executesOn: HostileCall['executesOn'],
  runsWith: unknown,
): HostileCall =>
  hostile(
    name,
    refusedFor,
    executesOn,
    (peer) => rawRequest(peer, { tool: 'add', body: callText(peer, `"name":"add","arguments":{${args},"b":1}`) }),
    { runs: 'add', runsWith },
  );

/** Numbers that are not what they look like, and arguments that the pinned schema does not know. */
export const NUMBERS: readonly HostileCall[] = [
  add('NaN', '"a":NaN', ['json.syntax'], PYTHON, { a: { $float: 'nan' }, b: 1 }),
  add('Infinity', '"a":Infinity', ['json.syntax'], PYTHON, { a: { $float: 'inf' }, b: 1 }),
  add('a number that passes > 0 and executes as 0', '"a":1e-400', ['json.number'], EVERYWHERE, { a: 0, b: 1 }),
  add('a number beyond every double', '"a":1e400', ['json.number'], PYTHON, { a: { $float: 'inf' }, b: 1 }),
  add('an integer that changes by 1 on the way', '"a":9007199254740993', ['json.number'], EVERYWHERE, {
    a: 9_007_199_254_740_992,
    b: 1,
  }),
  add('a fraction with digits that vanish', '"a":0.10000000000000000001', ['json.number'], EVERYWHERE, {
    a: 0.1,
    b: 1,
  }),
  add('a string where a number belongs', '"a":"1e2"', ['tool.arguments'], PYTHON, { a: 100, b: 1 }),
  add('true where a number belongs', '"a":true', ['tool.arguments'], PYTHON, { a: 1, b: 1 }),
  add('an argument that the schema does not know', '"a":1,"note":"x"', ['tool.arguments'], EVERYWHERE, { a: 1, b: 1 }),
];
