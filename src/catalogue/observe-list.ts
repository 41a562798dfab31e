import { isUsable, type CatalogueServer, type PinnedTool } from './catalogue.ts';
import { diffDefinition, printDifference } from './diff-definition.ts';
import type { Quarantine } from './quarantine.ts';
import { type ListedTool, readDefinition } from './read-definition.ts';
import { visibleText } from './visible-text.ts';

/** What one item of a tool list turned out to be. Only `callable` may be listed. */
export type Sighting =
  | { readonly kind: 'callable'; readonly tool: PinnedTool }
  | { readonly kind: 'unknown' | 'unreadable' | 'unusable' | 'quarantined' };

/** Something an operator should know about a server's tools. Texts are printable and bounded. */
export type ToolReport =
  /** Another definition than the accepted one: the tool is in quarantine now. */
  | {
      readonly kind: 'changed';
      readonly server: string;
      readonly tool: string;
      readonly seen: string;
      readonly principal: string;
      readonly diff: readonly string[];
    }
  /** A further definition of a tool that is in quarantine, or the accepted one beside it: callers are shown different ones. */
  | {
      readonly kind: 'variant';
      readonly server: string;
      readonly tool: string;
      readonly seen: string;
      readonly principal: string;
      readonly diff: readonly string[];
    }
  /** A tool that nobody accepted. */
  | {
      readonly kind: 'unknown';
      readonly server: string;
      readonly tool: string;
      readonly seen: string;
      readonly principal: string;
    }
  /** A list item that cannot be read. */
  | { readonly kind: 'unreadable'; readonly server: string; readonly reason: string; readonly principal: string }
  /** Quarantine could not be stored; it holds until the process ends. */
  | { readonly kind: 'not-stored'; readonly server: string; readonly tool: string; readonly cause: unknown }
  /** No more reports of this kind about this server until the process restarts. */
  | { readonly kind: 'muted'; readonly server: string; readonly about: 'changed' | 'unknown' | 'unreadable' };

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

/** Reports of one kind about one server: a server that changes its tools with every list must not fill the log. */
const MAX_REPORTS = 256;
/** Lines of a diff that are kept. */
const MAX_DIFF_LINES = 40;

/**
 * Compares every tool list that passes with the pins (DESIGN §6).
 *
 * A changed definition puts its tool in quarantine for all callers, from this moment, across restarts, until the operator
 * accepts one. An absent tool changes nothing: lists come in pages and differ by caller. Each (tool, definition) is reported
 * once, with the first caller who was shown it.
 */
export class ListObserver {
  readonly #options: ListObserverOptions;
  readonly #reported = new Map<string, Set<string>>();

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

  #sight({ read: item }: ListedTool, server: CatalogueServer): Sighting {
    if (item.kind === 'unreadable') return { kind: 'unreadable' };
    const tool = server.tools.get(item.name);
    if (tool === undefined) return { kind: 'unknown' };
    if (tool.pin !== item.pin || this.#options.quarantine.has(server.name, tool)) return { kind: 'quarantined' };
    return isUsable(tool) ? { kind: 'callable', tool } : { kind: 'unusable' };
  }

  #compare(item: ReadDefinition, { server, principal }: Audience): void {
    const about = { server: server.name, principal };
    if (item.kind === 'unreadable') {
      this.#once('unreadable', about.server, item.reason, { kind: 'unreadable', reason: item.reason, ...about });
      return;
    }
    const tool = server.tools.get(item.name);
    const seen = { ...about, tool: visibleText(item.name, 128), seen: item.pin };
    if (tool === undefined) {
      this.#once('unknown', about.server, item.pin, { kind: 'unknown', ...seen });
    } else if (tool.pin !== item.pin) {
      this.#changed(tool, item, seen);
    } else if (this.#options.quarantine.has(about.server, tool)) {
      this.#once('changed', about.server, item.pin, { kind: 'variant', ...seen, diff: [] });
    }
  }

  #changed(
    tool: PinnedTool,
    item: SeenDefinition,
    seen: Pick<ToolReport & { kind: 'changed' }, 'server' | 'tool' | 'seen' | 'principal'>,
  ): void {
    const { quarantine, nowMs } = this.#options;
    const known = quarantine.has(seen.server, tool);
    if (known && this.#isReported('changed', seen.server, item.pin)) return;
    const diff = diffDefinition(tool.definition, item.definition).slice(0, MAX_DIFF_LINES).map(printDifference);
    if (!known) {
      const entry = { ...seen, tool: tool.name, pin: tool.pin, sinceMs: nowMs(), diff };
      try {
        quarantine.add(entry);
      } catch (cause) {
        this.#options.report({ kind: 'not-stored', server: seen.server, tool: seen.tool, cause });
      }
    }
    this.#once('changed', seen.server, item.pin, { kind: known ? 'variant' : 'changed', ...seen, diff });
  }

  #isReported(about: 'changed' | 'unknown' | 'unreadable', server: string, key: string): boolean {
    const keys = this.#reported.get(`${about} ${server}`);
    return keys !== undefined && (keys.has(key) || keys.size >= MAX_REPORTS);
  }

  #once(about: 'changed' | 'unknown' | 'unreadable', server: string, key: string, report: ToolReport): void {
    const place = `${about} ${server}`;
    const keys = this.#reported.get(place) ?? new Set();
    this.#reported.set(place, keys);
    if (keys.has(key) || keys.size >= MAX_REPORTS) return;
    keys.add(key);
    this.#options.report(report);
    if (keys.size === MAX_REPORTS) this.#options.report({ kind: 'muted', server, about });
  }
}
