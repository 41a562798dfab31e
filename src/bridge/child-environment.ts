import { DEFAULT_INHERITED_ENV_VARS } from '@modelcontextprotocol/client/stdio';

/** What every stdio server may see. */
const ALWAYS: readonly string[] = ['PATH', 'HOME', 'LANG'];

/**
 * The environment of a stdio server: PATH, HOME, LANG and the `listed` names, as far as they are set. Secrets of the operator's
 * shell stay there.
 *
 * The SDK's transport adds variables of its own choice (LOGNAME, SHELL, TERM, USER) unless they are given; they are given as
 * undefined, which Node leaves out when it starts the process.
 */
export function childEnvironment(
  listed: readonly string[],
  own: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const names = new Set([...ALWAYS, ...listed]);
  const environment: Record<string, string> = {};
  for (const name of [...DEFAULT_INHERITED_ENV_VARS, ...names]) {
    Reflect.set(environment, name, names.has(name) ? own[name] : undefined);
  }
  return environment;
}
