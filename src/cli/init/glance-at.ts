import { readFile } from 'node:fs/promises';
import { whyUnreadable } from '../../kit/why-unreadable.ts';
import { problemOfFile, ProblemsError } from '../../kit/problem.ts';
import { readYaml } from '../../source/yaml-source.ts';

/** What a first look at a configuration shows. */
export interface Glance {
  readonly text: string;
  /** Names of its servers. */
  readonly servers: ReadonlySet<string>;
}

/** The servers of a configuration, whatever else is right or wrong in it. @throws ProblemsError when it is no YAML. */
export async function glanceAt(file: string): Promise<Glance> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ProblemsError([problemOfFile(file, `the file ${whyUnreadable(cause)}`)]);
  });
  const { value } = readYaml(file, text);
  const servers = typeof value === 'object' && value !== null && 'servers' in value ? value.servers : undefined;
  return { text, servers: new Set(typeof servers === 'object' && servers !== null ? Object.keys(servers) : []) };
}
