import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { QuarantineEntry, QuarantineStore } from '../../catalogue/quarantine.ts';
import { sha256Hex } from '../../kit/digest.ts';
import { writeDurably } from '../../kit/write-durably.ts';

/** A stored entry cannot be read. A service must not start: it could call what was put in quarantine. */
export class QuarantineFileError extends Error {
  override readonly name = 'QuarantineFileError';
}

const entrySchema = z.strictObject({
  apiVersion: z.literal('sallyport/v1'),
  kind: z.literal('QuarantinedTool'),
  server: z.string(),
  tool: z.string(),
  pin: z.string(),
  seen: z.string(),
  since_ms: z.int(),
  principal: z.string(),
  diff: z.array(z.string()),
});

const SUFFIX = '.json';

/**
 * Quarantine as a directory with one small JSON file a tool, made when there is none (mode 0700).
 *
 * One file a tool, so that the service and `sallyport catalogue accept` never write the same one. Synchronous and flushed:
 * a tool gets here once, and must still be here after a power cut.
 */
export function openQuarantineDirectory(directory: string): QuarantineStore {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return {
    load: () =>
      readdirSync(directory)
        .filter((file) => file.endsWith(SUFFIX))
        .map((file) => readEntry(join(directory, file))),
    put(entry) {
      const path = join(directory, fileOf(entry.server, entry.tool));
      writeDurably(`${path}.next`, printEntry(entry));
      renameSync(`${path}.next`, path);
    },
    remove: (server, tool) => rmSync(join(directory, fileOf(server, tool)), { force: true }),
  };
}

/** Tool names are the tool server's text: only their digest becomes part of a path. */
function fileOf(server: string, tool: string): string {
  return `${sha256Hex(`${server}\0${tool}`).slice(0, 32)}${SUFFIX}`;
}

function printEntry({ server, tool, pin, seen, sinceMs, principal, diff }: QuarantineEntry): string {
  const fields = { server, tool, pin, seen, since_ms: sinceMs, principal, diff };
  return `${JSON.stringify({ apiVersion: 'sallyport/v1', kind: 'QuarantinedTool', ...fields }, null, 2)}\n`;
}

function readEntry(path: string): QuarantineEntry {
  try {
    const { server, tool, pin, seen, since_ms, principal, diff } = entrySchema.parse(
      JSON.parse(readFileSync(path, 'utf8')),
    );
    return { server, tool, pin, seen, sinceMs: since_ms, principal, diff };
  } catch (cause) {
    throw new QuarantineFileError(`${path} is not a quarantine entry. Look at it, then delete it.`, { cause });
  }
}
