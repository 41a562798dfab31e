import { callText, rawRequest } from '../../attacks/raw-request.ts';
import { type Attack, attack, peerOf } from './attack.ts';

const KIB = 1024;

/** Bodies around and beyond the limit of 2 MiB, and those large enough to be read in a thread. Rare: each costs much. */
export const LARGE: readonly Attack[] = [
  attack('a call of some 100 KiB', 0.5, (aim, random) => {
    const peer = peerOf(aim, random);
    const text = random.word(8).repeat((KIB / 8) * (100 + random.below(100)));
    return rawRequest(peer, { body: callText(peer, `"name":"delete_all","arguments":{"${random.word()}":"${text}"}`) });
  }),
  attack('broken JSON read in a thread', 0.2, (aim, random) => {
    const peer = peerOf(aim, random);
    const item = `{"${random.word()}":"${random.word(40)}"},`;
    const list = item.repeat(Math.ceil((KIB * (260 + random.below(300))) / item.length));
    return rawRequest(peer, { body: callText(peer, `"name":"delete_all","arguments":{"list":[${list}]}`) });
  }),
  attack('a length that is not waited for', 2, (aim, random) => {
    const length = 8 * KIB * KIB + 1 + random.below(1e12);
    return rawRequest(peerOf(aim, random), { body: '{"jsonrpc":', set: { 'content-length': String(length) } });
  }),
  attack('a body beyond the limit', 0.1, (aim, random) => {
    const peer = peerOf(aim, random);
    const text = random.word(8).repeat((2 * KIB * KIB) / 8);
    return rawRequest(peer, { body: callText(peer, `"name":"delete_all","arguments":{"${random.word()}":"${text}"}`) });
  }),
  attack('chunks beyond the limit', 0.05, (aim, random) => {
    const peer = peerOf(aim, random);
    const chunk = Buffer.alloc(64 * KIB, random.word(16));
    const head = rawRequest(peer, {
      body: '',
      set: { 'content-length': undefined },
      add: [['transfer-encoding', 'chunked']],
    });
    const framed = Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]);
    return Buffer.concat([head, ...Array.from({ length: 40 }, () => framed), Buffer.from('0\r\n\r\n')]);
  }),
];
