import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { messageOf } from '../../kit/cause.ts';
import { nearest } from '../../kit/nearest.ts';
import type { Problem } from '../../kit/problem.ts';
import { readKek } from '../../vault/kek.ts';

/** What is wrong with the section `payload_vault`: keys that cannot be used, and names that are not there. */
export function vaultProblems({ config, source, pathOf }: LoadedConfig, catalogue?: Catalogue): readonly Problem[] {
  const vault = config.payload_vault;
  if (vault === undefined) return [];
  const ids = new Map<string, string>();
  const keys = [
    [vault.key, ['payload_vault', 'key']] as const,
    ...vault.old_keys.map((path, index) => [path, ['payload_vault', 'old_keys', index]] as const),
  ].flatMap(([path, at]) => {
    try {
      const { id } = readKek(pathOf(path));
      const twin = ids.get(id);
      ids.set(id, path);
      if (twin === undefined) return [];
      return [source.problem([...at], `${path} holds the same key as ${twin}.`, 'Name each key once.')];
    } catch (cause) {
      return [source.problem([...at], messageOf(cause))];
    }
  });
  return [...keys, ...nameProblems(vault.keep, { config, source }, catalogue)];
}

function nameProblems(
  keep: NonNullable<LoadedConfig['config']['payload_vault']>['keep'],
  { config, source }: Pick<LoadedConfig, 'config' | 'source'>,
  catalogue: Catalogue | undefined,
): readonly Problem[] {
  return keep.flatMap(({ server, tools = [] }, index) => {
    const at = ['payload_vault', 'keep', index];
    const servers = Object.keys(config.servers);
    if (!servers.includes(server))
      return [
        source.problem([...at, 'server'], `there is no server ${JSON.stringify(server)}.`, advice(server, servers)),
      ];
    const known = [...(catalogue?.servers.get(server)?.tools.keys() ?? tools)];
    return tools
      .map((tool, place) => [tool, place] as const)
      .filter(([tool]) => !known.includes(tool))
      .map(([tool, place]) =>
        source.problem(
          [...at, 'tools', place],
          `${server} has no pinned tool ${JSON.stringify(tool)}.`,
          advice(tool, known),
        ),
      );
  });
}

function advice(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return meant === undefined
    ? `There are: ${known.slice(0, 20).join(', ')}.`
    : `Did you mean ${JSON.stringify(meant)}?`;
}
