import { join } from 'node:path';
import { loadSync } from '@grpc/proto-loader';

/** A method of a service as `@grpc/proto-loader` reads and writes its messages: in plain objects, absent messages `null`. */
export interface LoadedMethod {
  readonly requestSerialize: (value: object) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => object;
  readonly responseDeserialize: (bytes: Buffer) => object;
}

const PROTO = join(import.meta.dirname, '../../../proto');

/** Loads `service/method` from the .proto file at `path` in proto/, or in a folder that stands before it. */
export function loadMethod(path: string, service: string, method: string, ...before: readonly string[]): LoadedMethod {
  const loaded = loadSync(path, {
    includeDirs: [...before, PROTO],
    keepCase: true,
    longs: Number,
    defaults: true,
    oneofs: true,
  });
  const found = (loaded[service] as unknown as Record<string, LoadedMethod>)[method];
  if (found === undefined) throw new Error(`${service}/${method} is not in ${path}`);
  return found;
}
