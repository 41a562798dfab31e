import { readFileSync } from 'node:fs';

/** The version in our `package.json`, which stands two directories above this file, in `src/` as in `dist/`. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version?: unknown };
  return typeof version === 'string' ? version : 'unknown';
}
