import type { Priority } from '../../call/priority.ts';
import type { BulkheadSettings } from '../../catalogue/bulkhead-settings.ts';
import { Compartment, type NoPlace } from './compartment.ts';

/** One request that is about to go to its server. */
export interface Boarding {
  readonly server: string;
  /** Name of a pinned tool; `undefined`: requests that call no tool. */
  readonly tool: string | undefined;
  readonly tenant: string;
  readonly priority: Priority;
  /** Of its body. */
  readonly bytes: number;
}

/** What there is no room in: the server, the tool, the tenant's part of the tool, the bytes of the server. */
export type BulkheadRefusal = 'server' | 'tool' | 'tenant' | 'bytes';

interface ServerHold {
  settings: BulkheadSettings;
  calls: number;
  bytes: number;
  readonly byTool: Map<string | undefined, Compartment>;
}

/** The part of a tool's places, and of its server's connections, that calls may fill unless they are interactive. */
const FILLS: Readonly<Record<Exclude<Priority, 'interactive'>, { readonly tool: number; readonly server: number }>> = {
  batch: { tool: 0.75, server: 1 },
  speculative: { tool: 0.5, server: 0.75 },
};

/**
 * What is in progress at each server, by tool and tenant, so that no tool fills its server, no tenant the tool, and no class of
 * calls the places of those above it.
 *
 * As many compartments as there are pinned tools at most. A reload changes their sizes; what is in progress stays counted.
 */
export class Bulkheads {
  #servers: ReadonlyMap<string, ServerHold> = new Map();

  /** Puts a configuration in force. */
  enforce(servers: Iterable<readonly [name: string, settings: BulkheadSettings]>): void {
    const next = new Map<string, ServerHold>();
    for (const [name, settings] of servers) {
      const hold = this.#servers.get(name) ?? { settings, calls: 0, bytes: 0, byTool: new Map() };
      hold.settings = settings;
      for (const [tool, { total }] of hold.byTool) if (total === 0) hold.byTool.delete(tool);
      next.set(name, hold);
    }
    this.#servers = next;
  }

  /** Takes a place for a request, given back when it is disposed, once; or says what there is no room in. */
  board(boarding: Boarding): Disposable | BulkheadRefusal | undefined {
    const hold = this.#servers.get(boarding.server);
    if (hold === undefined) return undefined;
    const { settings } = hold;
    const { tool, tenant, priority, bytes } = boarding;
    const most = mostOf(priority, settings);
    if (hold.calls >= most.server) return 'server';
    // One body always fits, however large it may be.
    if (hold.bytes > 0 && hold.bytes + bytes > settings.bytes) return 'bytes';
    const compartment = compartmentOf(hold, tool);
    if (compartment.total >= most.tool) return 'tool';
    const size = { places: settings.callsPerTool, keptPerTenant: settings.keptPerTenant };
    const refused = compartment.enter(tenant, size);
    if (refused !== undefined) return SAYS[refused];
    hold.calls += 1;
    hold.bytes += bytes;
    let isAboard = true;
    return {
      [Symbol.dispose]() {
        if (!isAboard) return;
        isAboard = false;
        hold.calls -= 1;
        hold.bytes -= bytes;
        compartment.leave(tenant);
      },
    };
  }

  /** Calls in progress at a server and so many more, for each of its connections. */
  businessOf(server: string, more = 0): number {
    const hold = this.#servers.get(server);
    return hold === undefined ? 0 : (hold.calls + more) / hold.settings.connections;
  }

  /** What is in progress at each server. */
  *list(): Iterable<readonly [server: string, calls: number, bytes: number]> {
    for (const [server, { calls, bytes }] of this.#servers) yield [server, calls, bytes];
  }
}

const SAYS: Readonly<Record<NoPlace, BulkheadRefusal>> = { 'full': 'tool', 'kept-for-others': 'tenant' };

/** How much may be in progress for one more call of a class to be taken. */
function mostOf(
  priority: Priority,
  { calls, callsPerTool, connections }: BulkheadSettings,
): { readonly tool: number; readonly server: number } {
  if (priority === 'interactive') return { tool: callsPerTool, server: calls };
  const { tool, server } = FILLS[priority];
  return { tool: partOf(callsPerTool, tool), server: partOf(connections, server) };
}

function partOf(places: number, part: number): number {
  return Math.max(1, Math.floor(places * part));
}

function compartmentOf({ byTool, settings }: ServerHold, tool: string | undefined): Compartment {
  const known = byTool.get(tool);
  if (known !== undefined) return known;
  const made = new Compartment(settings.keptPerTenant);
  byTool.set(tool, made);
  return made;
}
