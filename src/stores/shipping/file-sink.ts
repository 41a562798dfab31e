import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RecordSink, ShippedRecord } from '../../audit/shipping/record-sink.ts';

export interface FileSinkOptions {
  /** Absolute path. */
  readonly path: string;
  /** A file that would grow beyond this is renamed and a new one begun. */
  readonly rotateBytes: number;
  readonly nowMs: () => number;
}

/** What was written is on the disk: by O_DSYNC and not by fsync(2), which Node's permission model forbids. */
const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_DSYNC ?? 0);
const NEWLINE = 0x0a;
const LOOK_BACK_BYTES = 64 * 1024;

/** Appends records to a file, one a line: to one of its own, which others only read. */
export class FileSink implements RecordSink {
  readonly #options: FileSinkOptions;
  #file: { readonly handle: FileHandle; size: number } | undefined;

  constructor(options: FileSinkOptions) {
    this.#options = options;
  }

  async deliver(records: readonly ShippedRecord[]): Promise<number> {
    const bytes = Buffer.from(records.map(({ text }) => `${text}\n`).join(''));
    try {
      await this.#rotate(bytes.length, records[0]?.sequence ?? 0);
      this.#file ??= await openWhole(this.#options.path);
      await this.#file.handle.appendFile(bytes);
      this.#file.size += bytes.length;
      return 0;
    } catch (cause) {
      // What there is of the last line is cut off when it is opened again.
      await this.#close();
      throw cause;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #rotate(length: number, sequence: number): Promise<void> {
    const { path, rotateBytes, nowMs } = this.#options;
    this.#file ??= await openWhole(path);
    if (this.#file.size === 0 || this.#file.size + length <= rotateBytes) return;
    await this.#close();
    const time = new Date(nowMs()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
    await rename(path, `${path}.${time}-${sequence}`);
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close();
  }
}

/** Opens the file, and cuts off a line that was not finished. */
async function openWhole(path: string): Promise<{ readonly handle: FileHandle; size: number }> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const handle = await open(path, APPEND, 0o640);
  const { size } = await handle.stat();
  const whole = await endOfLines(handle, size);
  if (whole < size) await handle.truncate(whole);
  return { handle, size: whole };
}

/** Offset behind the last newline; 0 when there is none. */
async function endOfLines(handle: FileHandle, size: number): Promise<number> {
  const chunk = Buffer.allocUnsafe(LOOK_BACK_BYTES);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - LOOK_BACK_BYTES);
    const { bytesRead } = await handle.read(chunk, 0, end - start, start);
    const at = chunk.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (at !== -1) return start + at + 1;
    end = start;
  }
  return 0;
}
