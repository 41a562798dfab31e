const SYNTAX = /^(\d{1,8})([HMSmun])$/;
const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/**
 * The value of a `grpc-timeout` header in milliseconds, or `undefined` when it is malformed.
 *
 * At most eight digits and one unit (gRPC over HTTP/2, "Timeout"). Fractions of a millisecond are kept.
 */
export function parseGrpcTimeout(text: string): number | undefined {
  const [, digits, unit = ''] = SYNTAX.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  return digits === undefined || unitMs === undefined ? undefined : Number(digits) * unitMs;
}
