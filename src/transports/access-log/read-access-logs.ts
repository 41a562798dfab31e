import { once } from '../envoy/once.ts';
import { ProtobufError, ProtobufReader } from '../grpc/protobuf-reader.ts';
import type { AccessLogEntry, AccessLogs, AccessLogsRefused } from './access-log-entry.ts';
import { readAccessLogEntry } from './read-access-log-entry.ts';

/** Envoy sends a few at a time; an empty one takes two bytes. */
const MAX_ENTRIES = 4096;

/**
 * Reads one `envoy.service.accesslog.v3.StreamAccessLogsMessage`. Total: every input has an answer and nothing is thrown.
 *
 * Refused is what is malformed and what parsers read differently, as in the requests of the other services; an entry of which
 * that is true is passed over, so that the calls of the others are told. What is not in use of an entry is passed over unread:
 * most of it comes from clients.
 */
export function readAccessLogs(bytes: Uint8Array): AccessLogs | AccessLogsRefused {
  try {
    return { kind: 'logs', ...readMessage(new ProtobufReader(bytes)) };
  } catch (error) {
    return { kind: 'refused', why: whyOf(error) };
  }
}

type Entries = Pick<AccessLogs, 'entries' | 'unreadable'>;

const NO_ENTRIES: Entries = { entries: [], unreadable: [] };

function whyOf(error: unknown): string {
  return error instanceof ProtobufError ? error.message : 'unreadable';
}

/** `oneof log_entries`: of HTTP exchanges or of TCP connections. */
function readMessage(reader: ProtobufReader): Entries {
  let entries: Entries | undefined;
  while (reader.next()) {
    if (reader.field === 2) entries = once(entries, reader.message(readHttpLogs));
    else if (reader.field === 3) entries = once(entries, reader.message(readTcpLogs));
    else reader.skip();
  }
  return entries ?? NO_ENTRIES;
}

function readHttpLogs(reader: ProtobufReader): Entries {
  const entries: AccessLogEntry[] = [];
  const unreadable: string[] = [];
  while (reader.next()) {
    if (reader.field === 1) {
      reader.messageOrElse(
        (of) => entries.push(readAccessLogEntry(of)),
        (error) => unreadable.push(whyOf(error)),
      );
    } else reader.skip();
    if (entries.length + unreadable.length > MAX_ENTRIES) throw new ProtobufError('too many entries of a log');
  }
  return { entries, unreadable };
}

function readTcpLogs(reader: ProtobufReader): Entries {
  while (reader.next()) reader.skip();
  return NO_ENTRIES;
}
