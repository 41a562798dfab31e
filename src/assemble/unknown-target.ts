import { boundText } from '../kit/bound-text.ts';
import { nearest } from '../kit/nearest.ts';
import type { Stop } from '../stages/stop/stops.ts';
import type { Assembly } from './assemble.ts';

/** What has a name in a configuration and can be stopped by it. */
export type NamedTargets = Pick<Assembly, 'catalogue' | 'loaded'>;

const LONGEST = 200;

/**
 * What is odd about a stop of a tool or server that the configuration does not have, as a sentence: most likely it is misspelt,
 * and stops nothing. `undefined` for one that is there, and for callers and tokens, of which nobody has a list.
 */
export function unknownTarget({ kind, name }: Pick<Stop, 'kind' | 'name'>, targets: NamedTargets): string | undefined {
  if (kind !== 'tool' && kind !== 'server') return undefined;
  const known = kind === 'tool' ? toolsIn(targets) : serversIn(targets);
  if (known.includes(name)) return undefined;
  const meant = nearest(name, known);
  const advice = meant === undefined ? '' : ` Did you mean ${JSON.stringify(boundText(meant, LONGEST))}?`;
  return `no ${kind} of this configuration is called ${JSON.stringify(boundText(name, LONGEST))}.${advice}`;
}

function toolsIn({ catalogue }: NamedTargets): readonly string[] {
  return [...catalogue.servers].flatMap(([server, { tools }]) => [...tools.keys()].map((tool) => `${server}/${tool}`));
}

function serversIn({ catalogue, loaded }: NamedTargets): readonly string[] {
  return [...catalogue.servers.keys(), ...Object.keys(loaded.config.passthrough)];
}
