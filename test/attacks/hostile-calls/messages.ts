import { hostile, type HostileCall, PYTHON } from '../hostile-call.ts';
import type { Peer } from '../peer.ts';
import { callText, rawRequest } from '../raw-request.ts';

const body = (write: (peer: Peer) => string) => (peer: Peer) => rawRequest(peer, { body: write(peer) });
const top = (text: string) => body((peer) => callText(peer, undefined, `${text},"method":"tools/call"`));

/** Messages that are not exactly one JSON-RPC request. */
export const MESSAGES: readonly HostileCall[] = [
  hostile(
    'a batch of one',
    ['rpc.batch'],
    ['v1 legacy', 'v2 legacy'],
    body((peer) => `[${callText(peer)}]`),
  ),
  hostile(
    'a batch behind a harmless call',
    ['rpc.batch'],
    ['v1 legacy', 'v2 legacy'],
    body((peer) => `[${callText(peer, undefined, '"id":8,"method":"ping"')},${callText(peer)}]`),
  ),
  hostile('a call that carries a result', ['rpc.envelope', 'rpc.id'], PYTHON, top('"id":7,"result":{}')),
  hostile(
    'a call that carries an error',
    ['rpc.envelope', 'rpc.id'],
    ['py modern'],
    top('"id":7,"error":{"code":1,"message":"x"}'),
  ),
  hostile('a member nobody knows', ['rpc.envelope'], PYTHON, top('"id":7,"extra":1')),
  hostile(
    'a call without an id',
    ['rpc.id'],
    [],
    body((peer) => callText(peer, undefined, '"method":"tools/call"')),
  ),
  hostile('a call whose id is null', ['rpc.id'], [], top('"id":null')),
  hostile('a call whose id is a fraction', ['rpc.id'], [], top('"id":1.5')),
  hostile('a call whose id is true', ['rpc.id'], [], top('"id":true')),
  hostile('a call whose id is an object', ['rpc.id'], [], top('"id":{}')),
  hostile('a call whose id no double holds', ['rpc.id', 'json.number'], PYTHON, top('"id":9007199254740993')),
  hostile(
    'a second message behind the first',
    ['json.syntax'],
    [],
    body((peer) => `${callText(peer)}${callText(peer)}`),
  ),
  hostile(
    'jsonrpc 1.0',
    ['rpc.envelope'],
    [],
    body((peer) => callText(peer).replace('"2.0"', '"1.0"')),
  ),
];
