import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Envoy as `scripts/install-parts.mjs` left it. */
export const ENVOY = fileURLToPath(new URL('../../.parts/envoy/envoy/_bin/envoy', import.meta.url));

/**
 * For `suite(name, { skip: whyNoEnvoy() }, …)`: `false` when Envoy is there, else the reason. Where `CI=true` the part is
 * obligatory, so nothing is skipped and the test fails.
 */
export function whyNoEnvoy(): string | false {
  if (process.env['CI'] === 'true' || existsSync(ENVOY)) return false;
  return 'Envoy is not in .parts/envoy: node scripts/install-parts.mjs';
}
