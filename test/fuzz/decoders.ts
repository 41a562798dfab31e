import type { Arbitrary } from 'fast-check';
import { accessLogs, mutatedLogs, rearrangedLogs } from '../../src/transports/access-log/access-logs.fixture.ts';
import { oracleAccessLogs } from '../../src/transports/access-log/access-logs-oracle.fixture.ts';
import { readAccessLogs } from '../../src/transports/access-log/read-access-logs.ts';
import * as check from '../../src/transports/ext-authz/check-requests.fixture.ts';
import { comparable, oracleCheckRequest } from '../../src/transports/ext-authz/protobuf-oracle.fixture.ts';
import { readCheckRequest } from '../../src/transports/ext-authz/read-check-request.ts';
import { oracleProcessingRequest } from '../../src/transports/ext-proc/processing-oracle.fixture.ts';
import * as processing from '../../src/transports/ext-proc/processing-requests.fixture.ts';
import { readProcessingRequest } from '../../src/transports/ext-proc/read-processing-request.ts';

/** What a reader made of some bytes. */
export type Read =
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'read'; readonly value: unknown };

/** A reader of ours, what `@grpc/proto-loader` reads in its place, and messages for both. */
export interface Decoder {
  /** Of the message. */
  readonly name: string;
  /** Never throws. */
  readonly read: (bytes: Buffer) => Read;
  /** The same value, or throws. */
  readonly oracle: (bytes: Buffer) => unknown;
  readonly whole: Arbitrary<Buffer>;
  readonly mutated: (seed: number) => Arbitrary<Buffer>;
  readonly rearranged: (seed: number) => Arbitrary<Buffer>;
}

function asRead(found: { readonly kind: string } | Extract<Read, { kind: 'refused' }>): Read {
  return 'why' in found ? found : { kind: 'read', value: found };
}

/** Of what has an entry that was passed over, the library reads nothing at all, or that entry otherwise. */
function readWhole(bytes: Buffer): ReturnType<typeof readAccessLogs> {
  const found = readAccessLogs(bytes);
  const [why] = found.kind === 'logs' ? found.unreadable : [];
  return why === undefined ? found : { kind: 'refused', why };
}

/** All readers of what Envoy sends. */
export const DECODERS: readonly Decoder[] = [
  {
    name: 'CheckRequest',
    read: (bytes) => asRead(comparable(readCheckRequest(bytes))),
    oracle: (bytes) => comparable(oracleCheckRequest(bytes)),
    whole: check.checkRequests,
    mutated: check.mutatedRequests,
    rearranged: check.rearrangedRequests,
  },
  {
    name: 'ProcessingRequest',
    read: (bytes) => asRead(readProcessingRequest(bytes)),
    oracle: oracleProcessingRequest,
    whole: processing.processingRequests,
    mutated: processing.mutatedRequests,
    rearranged: processing.rearrangedRequests,
  },
  {
    name: 'StreamAccessLogsMessage',
    read: (bytes) => asRead(readWhole(bytes)),
    oracle: oracleAccessLogs,
    whole: accessLogs,
    mutated: mutatedLogs,
    rearranged: rearrangedLogs,
  },
];
