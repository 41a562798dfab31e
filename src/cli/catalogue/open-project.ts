import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { serverSchema, type ServerConfig, serverConfigOf } from '../../catalogue/config.ts';
import { type PinnedToolInput } from '../../catalogue/pinned-tool.ts';
import { readEditedPins } from '../../catalogue/pins-file.ts';
import { whyUnreadable } from '../../kit/why-unreadable.ts';
import { type Problem, problemOfFile, ProblemsError } from '../../kit/problem.ts';
import { checkShape } from '../../source/check-shape.ts';
import { readYaml } from '../../source/yaml-source.ts';

/** What the catalogue commands need of `sallyport.yaml`; the other sections are for others to check. */
const sectionSchema = z.looseObject({
  state_dir: z.string().min(1).default('.sallyport'),
  servers: z.record(z.string(), serverSchema),
});

/** A configured server with its pins file. */
export interface ProjectServer {
  readonly name: string;
  readonly config: ServerConfig;
  /** Absolute path of the pins file. */
  readonly pinsPath: string;
  /** As they stand there. */
  readonly pins: readonly PinnedToolInput[];
  /** Tools whose pin does not fit their definition, since one of the two was edited. */
  readonly edited: ReadonlyMap<string, Problem>;
}

export interface Project {
  /** Absolute path of the directory where quarantine is kept. */
  readonly quarantineDirectory: string;
  readonly servers: readonly ProjectServer[];
}

/** Name of the directory below `state_dir`. */
export const QUARANTINE_DIRECTORY = 'quarantine';

/**
 * Reads a configuration file and the pins of its servers, or of the one called `only`.
 *
 * @throws ProblemsError when one of them cannot be used, or there is no such server.
 */
export async function openProject(file: string, only: string | undefined): Promise<Project> {
  const source = readYaml(file, await readFile(file, 'utf8').catch((cause: unknown) => unreadable(file, cause)));
  const section = checkShape(source, sectionSchema);
  const directory = dirname(resolve(file));
  const named = Object.entries(section.servers).filter(([name]) => only === undefined || name === only);
  if (named.length === 0) {
    const known = Object.keys(section.servers).join(', ');
    throw new ProblemsError([
      source.problem(['servers'], `there is no server "${only ?? ''}".`, `There are: ${known}.`),
    ]);
  }
  const servers = await Promise.all(
    named.map(async ([name, written]) => {
      const config = serverConfigOf(written);
      const pinsPath = resolve(directory, config.pins);
      const bytes = await readFile(pinsPath).catch((cause: unknown) => unreadable(pinsPath, cause));
      const { tools, edited } = readEditedPins(config.pins, bytes, name);
      return { name, config, pinsPath, pins: tools, edited };
    }),
  );
  return { quarantineDirectory: resolve(directory, section.state_dir, QUARANTINE_DIRECTORY), servers };
}

function unreadable(file: string, cause: unknown): never {
  throw new ProblemsError([problemOfFile(file, `the file ${whyUnreadable(cause)}`)]);
}
