import type { PinnedToolInput } from './pinned-tool.ts';
import { type Difference, diffDefinition } from './diff-definition.ts';
import type { QuarantineEntry } from './quarantine.ts';
import type { ReadDefinition, SeenDefinition } from './read-definition.ts';
import { toolNameOf } from './tool-name.ts';

/** One tool, as it is pinned and as the server shows it now. */
export type LiveComparison =
  | { readonly kind: 'same'; readonly tool: string; readonly quarantine?: QuarantineEntry }
  | {
      readonly kind: 'changed';
      readonly tool: string;
      readonly now: SeenDefinition;
      readonly differences: readonly Difference[];
      readonly quarantine?: QuarantineEntry;
    }
  | { readonly kind: 'new'; readonly tool: string; readonly now: SeenDefinition }
  /** Pinned, but not shown now. Calls of it are still judged by the pin. */
  | { readonly kind: 'absent'; readonly tool: string; readonly quarantine?: QuarantineEntry }
  /** An item of the list that cannot be read; `index` from 1. */
  | { readonly kind: 'unreadable'; readonly index: number; readonly reason: string };

/**
 * Every tool that is pinned or shown, pinned ones first.
 *
 * @param quarantineOf The entry of a tool, if it is in quarantine.
 */
export function compareLive(
  pins: readonly PinnedToolInput[],
  live: readonly ReadDefinition[],
  quarantineOf: (tool: string) => QuarantineEntry | undefined,
): readonly LiveComparison[] {
  const shown = new Map(live.flatMap((tool) => (tool.kind === 'definition' ? [[tool.name, tool] as const] : [])));
  const pinned = new Set(pins.map(({ definition }) => toolNameOf(definition)));
  return [
    ...pins.map((pin) => comparePin(pin, shown, quarantineOf)),
    ...[...shown.values()].flatMap((now) =>
      pinned.has(now.name) ? [] : [{ kind: 'new' as const, tool: now.name, now }],
    ),
    ...live.flatMap((tool, index) =>
      tool.kind === 'unreadable' ? [{ kind: tool.kind, index: index + 1, reason: tool.reason }] : [],
    ),
  ];
}

function comparePin(
  { definition, pin }: PinnedToolInput,
  shown: ReadonlyMap<string, SeenDefinition>,
  quarantineOf: (tool: string) => QuarantineEntry | undefined,
): LiveComparison {
  const tool = toolNameOf(definition);
  const now = shown.get(tool);
  const entry = quarantineOf(tool);
  const quarantine = entry === undefined ? {} : { quarantine: entry };
  if (now === undefined) return { kind: 'absent', tool, ...quarantine };
  if (now.pin === pin) return { kind: 'same', tool, ...quarantine };
  return { kind: 'changed', tool, now, differences: diffDefinition(definition, now.definition), ...quarantine };
}

/** Whether there is something for an operator to decide. An absent tool changes nothing: lists differ by caller. */
export function needsDecision(comparison: LiveComparison): boolean {
  if (comparison.kind === 'same' || comparison.kind === 'absent') return comparison.quarantine !== undefined;
  return true;
}
