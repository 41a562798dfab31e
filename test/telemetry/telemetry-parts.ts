import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What `scripts/install-parts.mjs` left for these tests. */
const PARTS = new URL('../../.parts/', import.meta.url);

export const OTELCOL = fileURLToPath(new URL('collector/otelcol', PARTS));
export const PROMETHEUS = fileURLToPath(new URL('prometheus/usr/bin/prometheus', PARTS));
export const PROMTOOL = fileURLToPath(new URL('prometheus/usr/bin/promtool', PARTS));

/** For `suite(name, { skip: whyNoPrometheus() }, …)`: it is obligatory where `CI=true`. */
export function whyNoPrometheus(): string | false {
  if (process.env['CI'] === 'true' || existsSync(PROMTOOL)) return false;
  return 'Prometheus is not in .parts/prometheus: node scripts/install-parts.mjs prometheus';
}
