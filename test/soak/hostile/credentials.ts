import { base64url, signTexts, signToken } from '../../../src/capability/token.fixture.ts';
import type { Header } from '../../attacks/peer.ts';
import { rawRequest } from '../../attacks/raw-request.ts';
import { claimsFor } from '../issuer.ts';
import type { Random } from '../random.ts';
import { type Aim, type Attack, attack, peerOf } from './attack.ts';

function presenting(name: string, weight: number, make: (aim: Aim, random: Random) => string): Attack {
  return attack(name, weight, (aim, random) => rawRequest(peerOf(aim, random, make(aim, random)), { tool: 'echo' }));
}

/** Authorization fields in place of the good one. */
function authorized(name: string, weight: number, fields: (aim: Aim, random: Random) => readonly Header[]): Attack {
  return attack(name, weight, (aim, random) => {
    const peer = peerOf(aim, random);
    const others = peer.headers.filter(([field]) => field !== 'authorization');
    return rawRequest({ ...peer, headers: others }, { add: fields(aim, random) });
  });
}

/** Signed by the issuer, with one claim wrong. */
function claiming(name: string, weight: number, wrong: (random: Random) => Record<string, unknown>): Attack {
  return presenting(name, weight, ({ issuer }, random) => issuer.token(`user:${random.word()}`, wrong(random)));
}

/** Signed by the issuer, with another header. */
function headed(name: string, weight: number, header: (random: Random) => Record<string, unknown>): Attack {
  return presenting(name, weight, ({ issuer }, random) => issuer.token(`user:${random.word()}`, {}, header(random)));
}

const nowS = (): number => Math.floor(Date.now() / 1000);
const opaque = (random: Random, bytes: number): string => random.bytes(bytes).toString('base64url');

function tampered({ tokens }: Aim, random: Random): string {
  const at = random.below(tokens.good.length);
  const other = tokens.good[at] === 'A' ? 'B' : 'A';
  // The last characters of a part may hold unused bits; the reader refuses those forms too.
  return `${tokens.good.slice(0, at)}${other}${tokens.good.slice(at + 1)}`;
}

/** Tokens that are none, are not ours, are not for here, or not now. */
export const CREDENTIALS: readonly Attack[] = [
  authorized('no token', 2, () => []),
  authorized('two tokens', 1, ({ tokens }) => [
    ['authorization', `Bearer ${tokens.good}`],
    ['authorization', `Bearer ${tokens.other}`],
  ]),
  authorized('another scheme', 1, (_aim, random) => [
    ['authorization', `${random.pick(['Basic', 'DPoP', 'Negotiate', random.word()])} ${opaque(random, 30)}`],
  ]),
  presenting('garbage', 3, (_aim, random) => opaque(random, 1 + random.below(300))),
  presenting('three random parts', 3, (_aim, random) => [20, 200, 64].map((size) => opaque(random, size)).join('.')),
  presenting('a long token', 1, (_aim, random) => opaque(random, 6500 + random.below(10_000))),
  presenting('a header that is no JSON', 1, (_aim, random) =>
    [base64url(random.text(40)), base64url('{}'), opaque(random, 64)].join('.'),
  ),
  presenting('a changed token', 4, tampered),
  presenting('a signature by a stranger', 3, ({ issuer }, random) =>
    signToken(issuer.stranger, claimsFor(`user:${random.word()}`)),
  ),
  presenting('no signature', 1, ({ issuer }, random) => {
    const claims = JSON.stringify(claimsFor(`user:${random.word()}`));
    const [header = '', payload = ''] = signTexts(issuer.signer, '{"alg":"none","typ":"at+jwt"}', claims).split('.');
    return `${header}.${payload}.`;
  }),
  headed('an unknown kid', 4, (random) => ({ kid: random.word(8 + random.below(100)) })),
  headed('an algorithm that is not listed', 1, (random) => ({
    alg: random.pick(['HS256', 'RS256', 'none', random.word()]),
  })),
  headed('another type', 1, (random) => ({ typ: random.pick(['JWT', 'id_token', random.word()]) })),
  headed('a critical extension', 1, (random) => ({ crit: [random.word()] })),
  headed('a key of its own', 1, (random) => ({ jku: `https://${random.word()}.example/keys` })),
  claiming('another audience', 3, (random) => ({ aud: `https://${random.word()}.example/tools` })),
  claiming('another issuer', 3, (random) => ({ iss: `https://${random.word()}.example` })),
  claiming('expired', 3, (random) => ({
    iat: nowS() - 4000 - random.below(1e6),
    exp: nowS() - 60 - random.below(3000),
  })),
  claiming('not yet valid', 2, (random) => ({ nbf: nowS() + 60 + random.below(1000) })),
  claiming('too long a life', 1, (random) => ({ exp: nowS() + 1e6 + random.below(1e9) })),
  claiming('bound to a key without its proof', 1, (random) => ({ cnf: { jkt: opaque(random, 32) } })),
  claiming('a grant that cannot be read', 2, (random) => ({ authorization_details: [{ type: random.word() }, 1] })),
];
