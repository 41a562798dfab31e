import { ProtobufError } from '../grpc/protobuf-reader.ts';

/** `found`, unless there was one before: a submessage that is there twice is merged by some parsers and replaced by others. */
export function once<T>(before: T | undefined, found: T): T {
  if (before !== undefined) throw new ProtobufError('a field that may be there once is there twice');
  return found;
}
