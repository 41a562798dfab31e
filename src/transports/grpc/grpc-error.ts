/**
 * The canonical status codes (gRPC, doc/statuscodes.md), as numbers on the wire.
 */
export const GRPC_CODE = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** A status that is not OK. */
export type GrpcErrorCode = Exclude<(typeof GRPC_CODE)[keyof typeof GRPC_CODE], 0>;

/** What a handler throws to end a call with a status. `message` is sent to the caller. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly code: GrpcErrorCode;

  constructor(code: GrpcErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
