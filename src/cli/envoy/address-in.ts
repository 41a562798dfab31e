import { isIP } from 'node:net';
import { boundText } from '../../kit/bound-text.ts';
import { CommandError } from '../command-error.ts';

/** A host, which may be a name, and a port. */
export interface Address {
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Reads `HOST:PORT` or `[IPV6]:PORT`. @throws CommandError when it is neither. */
export function addressIn(text: string): Address {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  const port = Number(digits);
  if (host !== '' && (bracketed !== undefined) === (isIP(host) === 6) && port <= 65_535) return { host, port };
  throw new CommandError(`"${boundText(text, 200)}" is no address. Write it like 127.0.0.1:9443 or [::1]:9443.`);
}
