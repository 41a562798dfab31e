import { mkdir } from 'node:fs/promises';
import { BundleError } from '../../bundle/bundle-error.ts';
import { BundleHistory } from '../../bundle/bundle-history.ts';
import type { PolicyBundle } from '../../bundle/policy-bundle.ts';
import { loadConfig } from '../../config/load.ts';
import { boundText } from '../../kit/bound-text.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { guardedBundle } from './guarded-bundle.ts';

export interface PermitOptions {
  readonly config: string;
  readonly reason: string;
  readonly json?: boolean;
}

/** Longest reason, characters: it is kept with the permit. */
const MAX_REASON = 500;

/**
 * `policy bundle allow-rollback`: the bundle that is in place now may follow the one that was in force, once.
 *
 * @returns the exit code: 0 it may, 1 it may anyway, 2 nothing changed.
 */
export async function runAllowRollback({ config, reason, json }: PermitOptions, io: CommandIo): Promise<number> {
  return await guardedBundle(io, { json: json === true, refused: EXIT.unusable }, async () => {
    const { bundle, stateDir } = await loadConfig(config);
    if (bundle === undefined) throw new CommandError(`${config} names no policy_bundle.`);
    const history = new BundleHistory(stateDir);
    const refusal = refusalOf(history, bundle);
    const { name, revision, digest } = bundle;
    const said = { name, revision, digest, permitted: refusal !== undefined };
    if (json === true) io.print(JSON.stringify(said));
    if (refusal === undefined) {
      if (json !== true) io.print(`${name} revision ${revision} needs no permit.`);
      return EXIT.negative;
    }
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    history.permit(bundle, boundText(reason, MAX_REASON));
    if (json !== true) io.print(`${name} revision ${revision} may be in force next, though ${refusal.message}.`);
    return EXIT.ok;
  });
}

function refusalOf(history: BundleHistory, bundle: PolicyBundle): BundleError | undefined {
  try {
    history.check(bundle);
    return undefined;
  } catch (cause) {
    if (cause instanceof BundleError) return cause;
    throw cause;
  }
}
