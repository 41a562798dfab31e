/**
 * What every start imports out of packages, sorted. Tokens may hold any constraint, whatever the rules hold: what `cel`, `re2`
 * and `schema` need must not be loaded by a call.
 */
export const IMPORTED_AT_START: readonly string[] = [
  '@bufbuild/cel',
  '@prometheus-io/client/lib/counter.js',
  '@prometheus-io/client/lib/gauge.js',
  '@prometheus-io/client/lib/histogram.js',
  '@prometheus-io/client/lib/registry.js',
  'ajv/dist/2019.js',
  'ajv/dist/2020.js',
  'ipaddr.js',
  'jose/errors',
  'jose/jwt/verify',
  'jose/key/import',
  'pino',
  're2js',
  'semver/functions/compare.js',
  'semver/functions/parse.js',
  'semver/functions/satisfies.js',
  'semver/ranges/valid.js',
  'undici/lib/api/api-request.js',
  'undici/lib/core/errors.js',
  'undici/lib/dispatcher/pool.js',
  'yaml',
  'zod',
];
