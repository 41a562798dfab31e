import type { Call } from '../call/call.ts';
import type { PayloadVaultConfig } from './config.ts';
import { stepsOf } from '../kit/json-pointer.ts';
import type { OmittedPath } from './omit-values.ts';

/** What is kept of the calls of some tools. */
export interface KeepRule {
  readonly omit: readonly OmittedPath[];
  readonly omitReply: readonly OmittedPath[];
}

/** The first rule that fits a tool call; `undefined` for a call of which nothing is kept. */
export function keepRules(keep: PayloadVaultConfig['keep']): (call: Call) => KeepRule | undefined {
  const byServer = Map.groupBy(
    keep.map(({ server, tools, omit, omit_reply: omitReply }) => ({
      server,
      tools: tools === undefined ? undefined : new Set(tools),
      rule: { omit: omit.map(stepsOf), omitReply: omitReply.map(stepsOf) },
    })),
    ({ server }) => server,
  );
  return ({ kind, server, target }) => {
    if (kind !== 'request' || target.kind !== 'tool') return undefined;
    const { name } = target;
    return byServer.get(server)?.find(({ tools }) => tools === undefined || tools.has(name))?.rule;
  };
}
