import type { webcrypto } from 'node:crypto';

/** A certificate that nobody vouches for, DER in base64, made for these tests. */
export const SELF_SIGNED_DER = [
  'MIIBdjCCARugAwIBAgIUOjsmCAYNBgpVyvBykW4HrPZRJwYwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEdGVzdDAgFw0yNjEx',
  'MjUwMTI1MTdaGA8yMTI2MTEwMTAxMjUxN1owDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHrk',
  'VyBosGR1LeMGy+B7M9lJLqapuuJDDuXZO3W9sFYaf00TuM53GUCQIZ3YhQgGVJeB11cU6VjIf/qjRS5wpK6jUzBRMB0GA1Ud',
  'DgQWBBREtKJDTZMcOqUxhPqLMKGS4EenyzAfBgNVHSMEGDAWgBREtKJDTZMcOqUxhPqLMKGS4EenyzAPBgNVHRMBAf8EBTAD',
  'AQH/MAoGCCqGSM49BAMCA0kAMEYCIQC5l9IZpFjCh3iQmk5jv9YvadBWbawjP7n7t8LfLIcRwAIhAJBW+vCRQoXrrJknaK0k',
  'tUHoGvQtu7ghn4hmGLC+iv5G',
].join('');

/** SHA-256 of it in base64url, as OpenSSL computes it. */
export const SELF_SIGNED_SHA256 = 'hFtQj_s9b8tJ70D0kAVrFB-iG0IMeOLZPvze_NRAr6c';

/** Its private key: it opens nothing anywhere. */
export const SELF_SIGNED_KEY: webcrypto.JsonWebKey = {
  kty: 'EC',
  crv: 'P-256',
  x: 'euRXIGiwZHUt4wbL4Hsz2Ukupqm64kMO5dk7db2wVho',
  y: 'f00TuM53GUCQIZ3YhQgGVJeB11cU6VjIf_qjRS5wpK4',
  d: 'tABvw7c2Wnh6MAgmd8c2suYNXAoG2u5d90Ng2omuEZ4',
};
