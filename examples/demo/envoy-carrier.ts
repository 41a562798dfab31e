import { join } from 'node:path';
import type { Carrier, CarrierPlace, Carrying } from './carrier.ts';
import { askEnvoy } from './envoy-admin.ts';
import { type EnvoyCount, tellEnvoyCount } from './envoy-count.ts';
import { ENVOY } from './envoy-part.ts';
import { startProgram } from './program.ts';

/** How Envoy asks: `authorize` by ext_authz, and by ext_proc where a reply must be judged; `inspect` by ext_proc alone. */
export const WIRINGS = ['authorize', 'inspect'] as const;
export type Wiring = (typeof WIRINGS)[number];

interface WiringWords {
  readonly door: string;
  readonly title: string;
  readonly count: EnvoyCount;
}

const WORDS: Readonly<Record<Wiring, WiringWords>> = {
  authorize: {
    door: 'ext_authz',
    title: 'Through Envoy, wiring "authorize": ext_authz decides, ext_proc judges replies, the access log reports',
    count: { asked: 'http.agents.ext_authz.ok', inVain: 'http.agents.ext_authz.error' },
  },
  inspect: {
    door: 'ext_proc',
    title: 'Through Envoy, wiring "inspect": one ext_proc stream decides and judges, the access log reports',
    count: { asked: 'http.agents.ext_proc.streams_started', inVain: 'http.agents.ext_proc.streams_failed' },
  },
};

const ADMIN = 'run/admin.sock';
const START_MS = 30_000;

/** A real Envoy, whose file is written by `sallyport envoy render` from the same `sallyport.yaml`. */
export function envoyCarrier(wiring: Wiring): Carrier {
  const { door, title, count } = WORDS[wiring];
  return {
    title,
    listener: () => `door: ${door}, socket: run/envoy.sock`,
    start: (place) => start(place, count),
  };
}

async function start({ folder, address, tell, command }: CarrierPlace, count: EnvoyCount): Promise<Carrying> {
  await command('envoy', 'render', '--bind', address, '--admin', ADMIN, '--out', 'envoy.yaml');
  await command('envoy', 'lint', 'envoy.yaml');
  // Without hot restart several Envoys of one machine do not know each other.
  const args = ['-c', 'envoy.yaml', '--disable-hot-restart', '--concurrency', '2', '--log-level', 'warning'];
  tell(`envoy ${args.join(' ')}`);
  const envoy = startProgram(ENVOY, args, folder);
  const admin = join(folder, ADMIN);
  await envoy.until(async () => (await askEnvoy(admin, '/ready').catch(() => '')).startsWith('LIVE'), START_MS);
  return {
    testify: (narrator) => tellEnvoyCount(admin, count, narrator),
    [Symbol.asyncDispose]: () => envoy[Symbol.asyncDispose](),
  };
}
