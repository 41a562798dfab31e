import { brotliCompressSync, gzipSync } from 'node:zlib';
import { callText, rawRequest } from '../../attacks/raw-request.ts';
import type { Random } from '../random.ts';
import { type Aim, type Attack, attack, messageText, mirrored, peerOf } from './attack.ts';

/* Calls in here name `delete_all`, which no rule allows: what a random change leaves whole is refused all the same. */

/** A whole call with this body. */
function withBody(name: string, weight: number, write: (text: string, random: Random) => string | Uint8Array): Attack {
  return attack(name, weight, (aim, random) => {
    const peer = peerOf(aim, random);
    return rawRequest(peer, { body: write(callText(peer, callParams(random)), random) });
  });
}

function callParams(random: Random): string {
  return `"name":"delete_all","arguments":{"${random.word()}":${JSON.stringify(random.text(40))}}`;
}

/** Raw members in place of `arguments`. */
function withArguments(name: string, weight: number, write: (random: Random) => string): Attack {
  return attack(name, weight, (aim, random) => {
    const peer = peerOf(aim, random);
    return rawRequest(peer, { body: callText(peer, `"name":"delete_all","arguments":{${write(random)}}`) });
  });
}

const BREAKERS = [
  ',',
  '}',
  ']',
  '{',
  '[',
  '"',
  ':',
  '\\',
  'NaN',
  '//',
  "'",
  '\u0000',
  '\u2028',
  '01',
  '.5',
  '+1',
  'tru',
];

function broken(text: string, random: Random): string {
  const at = random.below(text.length);
  return random.chance(0.3) ? text.slice(0, at) : text.slice(0, at) + random.pick(BREAKERS) + text.slice(at);
}

function nested(random: Random): string {
  const depth = 50 + random.below(20_000);
  const [open, shut] = random.chance(0.5) ? ['[', ']'] : ['{"a":', '}'];
  const end = random.chance(0.8) ? shut.repeat(depth) : '';
  return `"${random.word()}":${open.repeat(depth)}${random.below(9)}${end}`;
}

function digits(random: Random, length: number): string {
  return Array.from({ length }, () => random.below(10)).join('');
}

const NUMBERS: readonly ((random: Random) => string)[] = [
  (random) => `9${digits(random, 16 + random.below(2000))}`,
  (random) => `${random.below(9) + 1}e-${330 + random.below(100_000)}`,
  (random) => `${random.below(9) + 1}e${309 + random.below(100_000)}`,
  (random) => `0.${digits(random, 20 + random.below(500))}1`,
  () => '-0',
  (random) => `-9007199254740${digits(random, 4)}.${digits(random, 8)}`,
];

function spelled(random: Random): string {
  return random
    .pick(['method', 'params', 'name', 'arguments', 'jsonrpc', 'id'])
    .replace(/[a-z]/, (letter) => letter.toUpperCase());
}

function method(aim: Aim, random: Random): Uint8Array {
  const peer = peerOf(aim, random);
  const text = random.chance(0.5) ? `${random.word()}/${random.word()}` : random.text(60);
  const plain = /^[!-~]{1,200}$/.test(text) ? text : undefined;
  return rawRequest(peer, {
    body: messageText(peer, text, `"${random.word()}":1`),
    set: { ...mirrored(peer, text), 'mcp-method': peer.era === 'modern' ? plain : undefined },
  });
}

function toolName(aim: Aim, random: Random): Uint8Array {
  const peer = peerOf(aim, random);
  const name = random.chance(0.1) ? random.word(2000 + random.below(8000)) : random.text(64);
  const body = callText(peer, `"name":${JSON.stringify(name)},"arguments":{}`);
  const encoded = `=?base64?${Buffer.from(name).toString('base64')}?=`;
  return rawRequest(peer, { body, set: mirrored(peer, 'tools/call', encoded) });
}

const IDS = ['null', 'true', '{}', '[]', '1.5', '1.0', '-0', '1e400', '9007199254740993', '"\\ud800"', '""'];

export const BODIES: readonly Attack[] = [
  withBody('broken JSON', 10, broken),
  withBody('random bytes', 3, (_text, random) => random.bytes(1 + random.below(4000))),
  withBody('a byte that is no UTF-8', 2, (text, random) =>
    Buffer.concat([Buffer.from(text.slice(0, 30)), random.bytes(1 + random.below(8)), Buffer.from(text.slice(30))]),
  ),
  withBody('UTF-16', 1, (text) => Buffer.from(text, 'utf16le')),
  withBody('a byte order mark', 1, (text) => `\ufeff${text}`),
  withBody('compressed', 1, (text, random) => (random.chance(0.5) ? gzipSync(text) : brotliCompressSync(text))),
  withBody('a batch', 2, (text, random) => `[${Array.from({ length: 1 + random.below(20) }, () => text).join(',')}]`),
  withBody('something behind it', 2, (text, random) => `${text}${random.pick([text, '{}', '0', random.word()])}`),
  withBody('another envelope', 2, (text, random) => text.replace('"2.0"', JSON.stringify(random.text(12)))),
  withBody('a member of the envelope too many', 2, (text, random) =>
    text.replace('{', `{${JSON.stringify(random.text(20))}:${random.below(1e6)},`),
  ),
  withBody('an odd id', 3, (text, random) => text.replace('"id":7', `"id":${random.pick(IDS)}`)),
  withArguments('a key twice', 6, (random) => {
    const key = JSON.stringify(random.text(30));
    const between = Array.from({ length: random.below(20) }, () => `"${random.word()}":0,`).join('');
    return `${key}:1,${between}${key}:2`;
  }),
  withBody('a protocol key spelled otherwise', 2, (text, random) => text.replace('{', `{"${spelled(random)}":1,`)),
  withArguments(
    '__proto__',
    1,
    (random) => `"${random.pick(['__proto__', '\\u005f_proto__'])}":{"${random.word()}":1}`,
  ),
  withArguments('a lone surrogate', 1, (random) => `"${random.word()}":"\\ud${random.pick(['8', 'c', 'f'])}00x"`),
  withArguments('a NUL', 1, (random) => `"${random.word()}":"${random.word()}\\u0000${random.word()}"`),
  withArguments('nested deeply', 3, nested),
  withArguments('many keys', 1, (random) =>
    Array.from({ length: 500 + random.below(12_000) }, (_, at) => `"${at}${random.word(4)}":0`).join(','),
  ),
  withArguments('numbers that no double holds', 5, (random) => `"${random.word()}":${random.pick(NUMBERS)(random)}`),
  attack('a random method', 6, method),
  attack('a random tool', 6, toolName),
];
