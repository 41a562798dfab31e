import { ProtobufReader } from '../../src/transports/grpc/protobuf-reader.ts';

/** What a CheckResponse says, as Envoy would take it. */
export type CheckVerdict = 'allow' | 'deny';

/** The verdict of an `envoy.service.auth.v3.CheckResponse`: an absent status is an allow, too. */
export function verdictOf(answer: Uint8Array): CheckVerdict {
  const reader = new ProtobufReader(answer);
  let verdict: CheckVerdict = 'allow';
  while (reader.next()) {
    if (reader.field === 1 && reader.message(codeOf) !== 0) verdict = 'deny';
    else if (reader.field !== 1) reader.skip();
  }
  return verdict;
}

function codeOf(status: ProtobufReader): number {
  let code = 0;
  while (status.next()) {
    if (status.field === 1) code = status.int32();
    else status.skip();
  }
  return code;
}

/**
 * A text in the dynamic metadata of an answer. Read by the layout of `Struct` and not field by field: the generator should be
 * idle enough not to be what is measured.
 */
export function metadataText(answer: Buffer, key: 'decision_id' | 'hold'): string | undefined {
  const at = answer.indexOf(`\n${String.fromCharCode(key.length)}${key}`);
  if (at === -1) return undefined;
  // `fields` entry: key (field 1), then value (field 2), a `Value` with `string_value` (field 3).
  const entry = new ProtobufReader(answer.subarray(at, endOfEntry(answer, at)));
  entry.next();
  entry.skip();
  entry.next();
  return entry.message((value) => {
    value.next();
    return value.string();
  });
}

/** The entry's length is the byte, or the two, in front of it. */
function endOfEntry(answer: Buffer, at: number): number {
  const last = answer[at - 1] ?? 0;
  const before = answer[at - 2] ?? 0;
  return at + (before >= 0x80 ? (last << 7) | (before & 0x7f) : last);
}
