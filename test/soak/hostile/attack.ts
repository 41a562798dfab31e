import type { Issuer } from '../issuer.ts';
import type { Random } from '../random.ts';
import { type Header, META, type Peer } from '../../attacks/peer.ts';

/** What an attacker has in hand: where the guard is, tokens of two callers, and sessions that he saw somewhere. */
export interface Aim {
  /** `http://127.0.0.1:PORT/tools`. */
  readonly url: string;
  readonly issuer: Issuer;
  /** Good tokens. `narrow` grants `echo` only. */
  readonly tokens: { readonly good: string; readonly other: string; readonly narrow: string };
  /** A live session id of the caller of `tokens.good`, as the guard gave it. */
  readonly session: string;
}

/** One hostile request and how its sender behaves. */
export interface Shot {
  readonly bytes: Uint8Array;
  /**
   * `answer`: waits for it. `leave`: closes the connection right after writing. `reset`: cuts it. `stall`: writes no more
   * and waits until the guard has had enough.
   */
  readonly ending: 'answer' | 'leave' | 'reset' | 'stall';
}

/** A way to attack, with new content each time. */
export interface Attack {
  readonly name: string;
  /** How often it is chosen, relative to the others. */
  readonly weight: number;
  shoot(aim: Aim, random: Random): Shot;
}

/** An attack that is a whole request and waits for its answer. */
export function attack(name: string, weight: number, bytes: (aim: Aim, random: Random) => Uint8Array): Attack {
  return { name, weight, shoot: (aim, random) => ({ bytes: bytes(aim, random), ending: 'answer' }) };
}

/** The caller of the good token, in one era or the other. */
export function peerOf({ url, tokens }: Aim, random: Random, token: string = tokens.good): Peer {
  const era = random.chance(0.5) ? 'modern' : 'legacy';
  const version: readonly Header[] = era === 'legacy' ? [['mcp-protocol-version', '2025-11-25']] : [];
  return { era, url, headers: [['authorization', `Bearer ${token}`], ...version] };
}

/** A message as text; `params` holds raw members, to which the modern era's own are added. */
export function messageText({ era }: Peer, method: string, params: string, id = '7'): string {
  const members = era === 'modern' ? [params, META].filter((text) => text !== '').join(',') : params;
  return `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":{${members}}}`;
}

/** The headers that mirror a message in the modern era; none in the other. */
export function mirrored({ era }: Peer, method: string, name?: string): Readonly<Record<string, string | undefined>> {
  return era === 'modern' ? { 'mcp-method': method, 'mcp-name': name } : {};
}
