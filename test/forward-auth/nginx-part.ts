import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** nginx as `scripts/install-parts.mjs` left it. */
export const NGINX = fileURLToPath(new URL('../../.parts/nginx/usr/sbin/nginx', import.meta.url));

/**
 * For `suite(name, { skip: whyNoNginx() }, …)`: `false` when nginx is there, else the reason. Where `CI=true` the part is
 * obligatory, so nothing is skipped and the test fails.
 */
export function whyNoNginx(): string | false {
  if (process.env['CI'] === 'true' || existsSync(NGINX)) return false;
  return 'nginx is not in .parts/nginx: node scripts/install-parts.mjs';
}
