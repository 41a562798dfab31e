import { BundleHistory, type Step } from '../bundle/bundle-history.ts';
import { bundleProblem } from '../bundle/bundle-problem.ts';
import type { BundleIdentity } from '../bundle/policy-bundle.ts';
import type { LoadedConfig } from '../config/load.ts';
import { ProblemsError } from '../kit/problem.ts';
import type { State } from './state.ts';

/** Sees to it that no older bundle takes the place of a newer one. */
export interface BundleFollower {
  /** @throws ProblemsError when the bundle may not follow the one that was in force last. */
  check(loaded: LoadedConfig): void;
  /** Records that the bundle is about to be in force, and keeps that over restarts. @throws ProblemsError */
  advance(loaded: LoadedConfig): Promise<void>;
}

/** A change of the bundle is in the record and on the disk before it counts. */
export function followBundle(stateDir: string, { recorder, log }: Pick<State, 'recorder' | 'log'>): BundleFollower {
  const history = new BundleHistory(stateDir);
  return {
    check: ({ bundle, source }) => {
      if (bundle !== undefined) explained(source, () => history.check(bundle));
    },
    async advance({ bundle, source }) {
      if (bundle === undefined) return;
      const step = explained(source, () => history.check(bundle));
      if (step.kind === 'same') return;
      await recorder.operator({ action: 'policy-bundle.set', ...recorded(bundle, step) });
      explained(source, () => history.advance(bundle));
      const { name, revision, digest, signedBy } = bundle;
      const level = step.kind === 'permitted' ? 'warn' : 'info';
      log[level]('the policy bundle changed', { name, revision, digest, signed_by: signedBy, step: step.kind });
    },
  };
}

function recorded({ name, revision, digest }: BundleIdentity, { kind, was, why }: Step) {
  return { id: digest, name, state: `revision ${revision}`, was: before(name, kind, was), why: why ?? WHY[kind] };
}

/** What was in force, as the record tells it. */
function before(name: string, kind: Step['kind'], was: BundleIdentity | undefined): string {
  if (was === undefined) return kind === 'first' ? 'none' : 'unknown';
  return `${was.name === name ? '' : `${was.name} `}revision ${was.revision}`;
}

const WHY: Readonly<Record<Step['kind'], string>> = {
  first: 'the first bundle here',
  same: '',
  newer: 'a newer revision',
  permitted: 'permitted by an operator',
};

function explained<T>(source: LoadedConfig['source'], work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new ProblemsError([bundleProblem(cause, source)]);
  }
}
