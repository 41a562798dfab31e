import { type LoadedCatalogue, loadCatalogue } from '../catalogue/load-catalogue.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';

/** A configuration with the catalogue that it names. */
export interface Project extends LoadedCatalogue {
  readonly loaded: LoadedConfig;
}

/** @throws ProblemsError with everything that is wrong in the configuration or the pins. */
export async function readProject(file: string): Promise<Project> {
  const loaded = await loadConfig(file);
  const { servers } = loaded.config;
  return {
    loaded,
    ...(await loadCatalogue(servers, { source: loaded.source, readFile: (path) => loaded.readFile(path) })),
  };
}
