import type { QuarantineEntry, QuarantineStore } from './quarantine.ts';

/** Quarantine that ends with the process. */
export function memoryQuarantine(): QuarantineStore {
  const entries = new Map<string, QuarantineEntry>();
  return {
    load: () => [...entries.values()],
    put: (entry) => void entries.set(keyOf(entry.server, entry.tool), entry),
    remove: (server, tool) => void entries.delete(keyOf(server, tool)),
  };
}

function keyOf(server: string, tool: string): string {
  return `${server}\0${tool}`;
}
