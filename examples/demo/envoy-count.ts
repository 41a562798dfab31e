import { askEnvoy } from './envoy-admin.ts';
import type { Narrator } from './narrate.ts';

/** Names of Envoy's counters that say how often Sallyport was asked and let pass, and how often it did not answer. */
export interface EnvoyCount {
  readonly asked: string;
  readonly inVain: string;
}

const REQUESTS = 'http.agents.downstream_rq_total';
const FORWARDED = 'cluster.files.upstream_rq_total';
const SHOWN =
  /^http\.agents\.(downstream_rq_total|ext_authz\.\w+|ext_proc\.streams_\w+)$|^cluster\.files\.upstream_rq_total$/;

/** The last scene: that nothing went past Sallyport, by Envoy's own count. */
export async function tellEnvoyCount(admin: string, count: EnvoyCount, narrator: Narrator): Promise<void> {
  narrator.scene('What Envoy counted', 'Its own statistics of the scenes above, from its administration socket.');
  const counters = readCounters(await askEnvoy(admin, '/stats'));
  const shown = [...counters].filter(([name, value]) => SHOWN.test(name) && value > 0);
  narrator.show('', shown.map(([name, value]) => `${name}: ${value}`).join('\n'));
  const valueOf = (name: string): number => counters.get(name) ?? 0;
  const [requests, forwarded, asked] = [valueOf(REQUESTS), valueOf(FORWARDED), valueOf(count.asked)];
  narrator.expect(
    `${forwarded} of ${requests} requests reached the tool server, none without Sallyport`,
    forwarded > 0 && forwarded < requests && forwarded <= asked,
  );
  narrator.expect('Sallyport answered each time', counters.get(count.inVain) === 0);
}

function readCounters(stats: string): ReadonlyMap<string, number> {
  return new Map(
    stats.split('\n').flatMap((line) => {
      const [, name, digits] = /^(\S+): (\d+)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, Number(digits)] as const];
    }),
  );
}
