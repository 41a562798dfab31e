import { join } from 'node:path';

/** Where the parts of a vault are, absolute paths. */
export interface VaultPlaces {
  /** The files with the payloads. */
  readonly directory: string;
  readonly segmentKeys: string;
  readonly subjectKeys: string;
  readonly uses: string;
  readonly shreds: string;
}

/** The vault in a state directory. */
export function vaultPlaces(stateDir: string): VaultPlaces {
  const directory = join(stateDir, 'vault');
  const keys = join(directory, 'keys');
  return {
    directory,
    segmentKeys: join(keys, 'segments'),
    subjectKeys: join(keys, 'subjects'),
    uses: join(keys, 'uses'),
    shreds: join(directory, 'shreds'),
  };
}
