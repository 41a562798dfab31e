import { close, ftruncate, open } from 'node:fs';
import { createQuickWrite } from './quick-write.ts';

/** The file operations that a segment needs, so that tests can break each of them. */
export interface SegmentFiles {
  /** Makes a new file for appending, mode 0600. Fails when it is there. */
  create(path: string): Promise<number>;
  /** Appends some of `bytes` and answers how many: the operating system may take fewer than it was given. */
  write(fd: number, bytes: Uint8Array): Promise<number>;
  truncate(fd: number, length: number): Promise<void>;
  close(fd: number): Promise<void>;
}

/** The real ones, for one log. */
export function nodeSegmentFiles(): SegmentFiles {
  const quick = createQuickWrite();
  return {
    create: (path) => settled((done) => open(path, 'ax', 0o600, done)),
    write: (fd, bytes) => quick.write(fd, bytes),
    truncate: (fd, length) => settled<void>((done) => ftruncate(fd, length, (error) => done(error, undefined))),
    close: (fd) => settled<void>((done) => close(fd, (error) => done(error ?? null, undefined))),
  };
}

function settled<T>(start: (done: (error: Error | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error === null ? resolve(value) : reject(error)));
  });
}
