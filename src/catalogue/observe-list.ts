import { isUsable, type CatalogueServer, type PinnedTool } from './catalogue.ts';
import { diffDefinition, printDifference } from './diff-definition.ts';
import type { Quarantine } from './quarantine.ts';
import { type ListedTool, readDefinition } from './read-definition.ts';
import { ReportOnce } from './report-once.ts';
import type { SeenTool, ToolReport } from './tool-report.ts';
import { visibleText } from './visible-text.ts';

export type { ToolReport } from './tool-report.ts';

/** What one item of a tool list turned out to be. Only `callable` may be listed. */
export type Sighting =
  | { readonly kind: 'callable'; readonly tool: PinnedTool }
  | { readonly kind: 'unknown' | 'unreadable' | 'unusable' | 'quarantined' };

/** Who was shown the list. */
export interface Audience {
  readonly server: CatalogueServer;
  readonly principal: string;
}

export interface ListObserverOptions {
  readonly quarantine: Quarantine;
  /** Gets each report once. Must not throw. */
  readonly report: (report: ToolReport) => void;
  readonly nowMs: () => number;
}

/**
 * Compares every tool list that passes with the pins (DESIGN §6).
 *
 * A changed definition puts its tool in quarantine for all callers, from this moment, across restarts, until the operator
 * accepts one. An absent tool changes nothing: lists come in pages and differ by caller. Each (tool, definition) is reported
 * once, with the first caller who was shown it.
 */
export class ListObserver {
  readonly #options: ListObserverOptions;
  readonly #once = new ReportOnce();

  constructor(options: ListObserverOptions) {
    this.#options = options;
  }

  /**
   * What each item is, after all of them were looked at: a tool that is listed twice, once changed, is `quarantined` both
   * times.
   */
  observe(items: readonly ListedTool[], audience: Audience): readonly Sighting[] {
    for (const item of items) this.#compare(item, audience);
    return items.map((item) => this.#sight(item, audience.server));
  }

  /** Whether callers may see a tool of this name: it is pinned, can be enforced, and is not in quarantine. */
  expects({ name, tools }: CatalogueServer, tool: string): boolean {
    const pinned = tools.get(tool);
    return pinned !== undefined && isUsable(pinned) && !this.#options.quarantine.has(name, pinned);
  }

  #sight({ read }: ListedTool, server: CatalogueServer): Sighting {
    if (read.kind === 'unreadable') return { kind: 'unreadable' };
    const tool = server.tools.get(read.name);
    if (tool === undefined) return { kind: 'unknown' };
    if (tool.pin !== read.pin || this.#options.quarantine.has(server.name, tool)) return { kind: 'quarantined' };
    return isUsable(tool) ? { kind: 'callable', tool } : { kind: 'unusable' };
  }

  #compare({ read, bytes }: ListedTool, { server: { name: server, tools }, principal }: Audience): void {
    if (read.kind === 'unreadable') {
      const { reason } = read;
      return this.#report('unreadable', server, reason, () => ({ kind: 'unreadable', server, reason, principal }));
    }
    const tool = tools.get(read.name);
    const seen = { server, tool: visibleText(read.name, 128), seen: read.pin, principal };
    if (tool === undefined) return this.#report('unknown', server, read.pin, () => ({ kind: 'unknown', ...seen }));
    const entry = this.#options.quarantine.get(server, tool);
    if (entry === undefined && tool.pin !== read.pin) return this.#shut(tool, seen, diffOf(tool, bytes));
    if (entry === undefined || entry.seen === read.pin) return undefined;
    return this.#report('variant', server, read.pin, () => ({ kind: 'variant', ...seen, diff: diffOf(tool, bytes) }));
  }

  #shut(tool: PinnedTool, seen: SeenTool, diff: readonly string[]): void {
    const { quarantine, nowMs, report } = this.#options;
    try {
      quarantine.add({ ...seen, tool: tool.name, pin: tool.pin, sinceMs: nowMs(), diff });
    } catch (cause) {
      report({ kind: 'not-stored', server: seen.server, tool: seen.tool, cause });
    }
    report({ kind: 'changed', ...seen, diff });
  }

  #report(about: 'variant' | 'unknown' | 'unreadable', server: string, key: string, make: () => ToolReport): void {
    const turn = this.#once.take(about, server, key);
    if (turn === 'no') return;
    this.#options.report(make());
    if (turn === 'last') this.#options.report({ kind: 'muted', server, about });
  }
}

function diffOf(tool: PinnedTool, bytes: Uint8Array): readonly string[] {
  const now = readDefinition(bytes);
  return now.kind === 'unreadable' ? [] : diffDefinition(tool.definition, now.definition).map(printDifference);
}
