import { dirname, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { readConfigText } from '../../config/read-text.ts';
import { DEFAULT_STATE_DIR } from '../../config/state-dir.ts';
import { checkShape } from '../../source/check-shape.ts';
import { readYaml } from '../../source/yaml-source.ts';
import { type PayloadVaultConfig, payloadVaultSchema } from '../../vault/config.ts';
import { type Kek, readKek } from '../../vault/kek.ts';
import { type VaultPlaces, vaultPlaces } from '../../vault/vault-places.ts';
import { CommandError } from '../command-error.ts';

/** What of `sallyport.yaml` is about the vault: it can be read also when the rest cannot be used. */
const vaultSchema = z.looseObject({
  state_dir: z.string().min(1).default(DEFAULT_STATE_DIR),
  payload_vault: payloadVaultSchema,
});

/** Where a vault is, and what opens it. */
export interface VaultProject {
  readonly places: VaultPlaces;
  readonly config: PayloadVaultConfig;
  /** The keys of the configuration, the one that wraps first. @throws VaultError */
  keks(): readonly [Kek, ...Kek[]];
}

/** The vault of a configuration. @throws ProblemsError; CommandError when it has none. */
export async function vaultProject(file: string): Promise<VaultProject> {
  const { state_dir: stateDir, payload_vault: config } = checkShape(
    readYaml(file, await readConfigText(file)),
    vaultSchema,
  );
  if (config === undefined) throw new CommandError(`${file} has no payload_vault.`);
  const base = resolve(dirname(file));
  const pathOf = (path: string): string => (isAbsolute(path) ? path : join(base, path));
  return {
    places: vaultPlaces(pathOf(stateDir)),
    config,
    keks: () => [readKek(pathOf(config.key)), ...config.old_keys.map((path) => readKek(pathOf(path)))],
  };
}
