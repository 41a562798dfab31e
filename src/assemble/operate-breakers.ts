import type { BreakerSurface } from '../transports/operator/breaker-surface.ts';
import type { State } from './state.ts';

/** The breakers of a process for its operator: every change is in the record before it counts. */
export function operateBreakers({ breakers, recorder }: Pick<State, 'breakers' | 'recorder'>): BreakerSurface {
  return {
    list: () => [...breakers.list()].map(([{ server, tool }, { state, tally }]) => ({ server, tool, state, ...tally })),
    async set({ server, tool, state, why }) {
      const was = breakers.stateOf({ server, tool });
      if (was === undefined) return whyNone(server, tool);
      const named = tool === undefined ? {} : { tool };
      await recorder.operator({ action: 'breaker.set', server, ...named, state, was, why });
      breakers.set({ server, tool }, state, why);
      return undefined;
    },
  };
}

function whyNone(server: string, tool: string | undefined): string {
  const of = tool === undefined ? server : `${server}/${tool}`;
  return `there is no breaker of ${of}: no such server, no \`breaker\` section at it, or no such tool in its pins`;
}
