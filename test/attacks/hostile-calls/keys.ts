import { EVERYWHERE, hostile, type HostileCall, PYTHON, TYPESCRIPT, V2 } from '../hostile-call.ts';
import type { Departures } from '../raw-request.ts';
import { callText, rawRequest } from '../raw-request.ts';

const params =
  (text: string, departures: Departures = {}) =>
  (peer: Parameters<HostileCall['build']>[0]) =>
    rawRequest(peer, { ...departures, body: callText(peer, text) });
const top = (text: string) => (peer: Parameters<HostileCall['build']>[0]) =>
  rawRequest(peer, { body: callText(peer, '"name":"delete_all","arguments":{}', text) });

/** Objects that one parser reads as this and another as that. */
export const KEYS: readonly HostileCall[] = [
  hostile(
    'the tool named twice',
    ['json.duplicate-key'],
    EVERYWHERE,
    params('"name":"echo","name":"delete_all","arguments":{}'),
  ),
  hostile(
    'the tool named twice, once escaped',
    ['json.duplicate-key'],
    EVERYWHERE,
    params('"name":"echo","n\\u0061me":"delete_all","arguments":{}'),
  ),
  hostile(
    'the method given twice',
    ['json.duplicate-key'],
    EVERYWHERE,
    top('"id":7,"method":"tools/list","method":"tools/call"'),
  ),
  hostile(
    'an argument given twice',
    ['json.duplicate-key'],
    EVERYWHERE,
    params('"name":"echo","arguments":{"text":"safe","text":"harm"}', { tool: 'echo' }),
    {
      runs: 'echo',
      runsWith: { text: 'harm' },
    },
  ),
  hostile(
    'an argument called __proto__',
    ['json.forbidden-key'],
    EVERYWHERE,
    params('"name":"delete_all","arguments":{"__proto__":{"force":true}}'),
    {
      runsWith: {},
    },
  ),
  hostile(
    'Method beside method',
    ['json.case-twin'],
    PYTHON,
    top('"id":7,"Method":"tools/list","method":"tools/call"'),
  ),
  hostile(
    'Name beside name',
    ['json.case-twin'],
    EVERYWHERE,
    params('"Name":"echo","name":"delete_all","arguments":{}'),
  ),
  hostile(
    'arrays nested ten thousand deep',
    ['json.too-deep'],
    TYPESCRIPT,
    params(`"name":"delete_all","arguments":{"x":${'['.repeat(10_000)}${']'.repeat(10_000)}}`),
  ),
  hostile(
    'fifty thousand members',
    ['json.too-many-keys', 'tool.arguments'],
    [...V2, ...PYTHON],
    params(
      `"name":"delete_all","arguments":{${Array.from({ length: 50_000 }, (_, index) => `"k${index}":0`).join(',')}}`,
    ),
  ),
];
