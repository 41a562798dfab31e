import { readFileSync } from 'node:fs';
import type { Wiring } from '../e2e/carriers.ts';

/** The file that is shipped for a wiring. */
export function shippedFile(wiring: Wiring): string {
  return readFileSync(new URL(`../../envoy/${wiring}.yaml`, import.meta.url), 'utf8');
}

export interface EnvoyPlaces {
  /** Default: authorize. */
  readonly wiring?: Wiring;
  /** Folder for Envoy's own socket and the certificates `server.pem`, `server.key`, `agents-ca.pem`. */
  readonly folder: string;
  /** Socket of Sallyport's door. */
  readonly socket: string;
  readonly upstreamPort: number;
}

/** The shipped file with these places in it, on any free ports. Throws when it has no such place: a test would run past it. */
export function renderEnvoy({ wiring = 'authorize', folder, socket, upstreamPort }: EnvoyPlaces): string {
  const places: readonly (readonly [string, string])[] = [
    ['/run/sallyport-envoy', folder],
    ['/etc/sallyport-envoy', folder],
    ['/run/sallyport/envoy.sock', socket],
    ['port_value: 8800', 'port_value: 0'],
    ['port_value: 8843', 'port_value: 0'],
    ['port_value: 3001', `port_value: ${upstreamPort}`],
    ['127.0.0.1:3001', `127.0.0.1:${upstreamPort}`],
  ];
  return places.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`envoy/${wiring}.yaml has no ${from}`);
    return text.replaceAll(from, to);
  }, shippedFile(wiring));
}
