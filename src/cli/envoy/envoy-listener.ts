import type { Config } from '../../config/schema.ts';
import { CommandError } from '../command-error.ts';

type Listener = Config['listeners'][string];

/** A listener that Envoy asks. */
export type EnvoyListener = Extract<Listener, { readonly door: 'ext_authz' | 'ext_proc' }>;

/**
 * The listener called `wanted`, or the only one, with its name.
 *
 * @throws CommandError when there is none, or several and nobody said which.
 */
export function envoyListener({ listeners }: Config, wanted: string | undefined): readonly [string, EnvoyListener] {
  const asked = Object.entries(listeners).flatMap(([name, listener]) =>
    isAsked(listener) ? [[name, listener] as const] : [],
  );
  const names = asked.map(([name]) => name).join(', ');
  if (names === '') {
    throw new CommandError(
      'no listener of this configuration is one that Envoy asks. Write one with door: ext_authz or door: ext_proc.',
    );
  }
  if (wanted === undefined) {
    const [only, ...others] = asked;
    if (only !== undefined && others.length === 0) return only;
    throw new CommandError(`say with --listener for which one: ${names}.`);
  }
  const found = asked.find(([name]) => name === wanted);
  if (found === undefined) throw new CommandError(`"${wanted}" is no listener that Envoy asks. There are: ${names}.`);
  return found;
}

function isAsked(listener: Listener): listener is EnvoyListener {
  return listener.door === 'ext_authz' || listener.door === 'ext_proc';
}
