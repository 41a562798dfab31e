import { type HostileCall, hostile, type Target } from '../hostile-call.ts';
import type { ReasonCode } from '../../../src/call/reason.ts';
import { callText, rawRequest } from '../raw-request.ts';

const addOf =
  (a: string, rest = '') =>
  (name: string, refusedFor: readonly ReasonCode[], executesOn: readonly Target[], runsWith?: unknown) =>
    hostile(
      name,
      refusedFor,
      executesOn,
      (peer) =>
        rawRequest(peer, { tool: 'add', body: callText(peer, `"name":"add","arguments":{"a":${a},"b":1${rest}}`) }),
      { runs: 'add', ...(runsWith === undefined ? {} : { runsWith }) },
    );

/** Numbers that are not what they look like, and arguments that the pinned schema does not know (reference 16 §2). */
export const NUMBERS: readonly HostileCall[] = [
  addOf('NaN')('NaN', ['json.syntax'], []),
  addOf('Infinity')('Infinity', ['json.syntax'], []),
  addOf('1e-400')('a number that passes > 0 and executes as 0', ['json.number'], []),
  addOf('1e400')('a number beyond every double', ['json.number'], []),
  addOf('9007199254740993')('an integer that changes by 1 on the way', ['json.number'], []),
  addOf('0.10000000000000000001')('a fraction with digits that vanish', ['json.number'], []),
  addOf('"1e2"')('a string where a number belongs', ['tool.arguments'], []),
  addOf('true')('true where a number belongs', ['tool.arguments'], []),
  addOf('1', ',"note":"x"')('an argument that the schema does not know', ['tool.arguments'], []),
];
