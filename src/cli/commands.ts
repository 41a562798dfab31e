import type { LazyCommand } from './run-program.ts';

/** The commands of `sallyport`, each loaded when it is called. */
export const commands: readonly LazyCommand[] = [
  {
    name: 'serve',
    summary: 'judge calls: all doors of the configuration, until a signal',
    load: async () => (await import('./serve-command.ts')).serveCommand(),
  },
  {
    name: 'dev',
    summary: 'a guard in front of one MCP server, without any configuration',
    load: async () => (await import('./dev.ts')).devCommand(),
  },
  {
    name: 'init',
    summary: 'write a first configuration, pins and policy for a running MCP server',
    load: async () => (await import('./init.ts')).initCommand(),
  },
  {
    name: 'check',
    summary: 'check a configuration, its pins and its policies',
    load: async () => (await import('./check.ts')).checkCommand(),
  },
  {
    name: 'policy',
    summary: 'check, test, explain and compare rules, and replay the record',
    load: async () => {
      const [{ policyCommand }, { readPolicyProject }] = await Promise.all([
        import('./policy.ts'),
        import('./read-policy-project.ts'),
      ]);
      return policyCommand({ readConfig: readPolicyProject });
    },
  },
  {
    name: 'catalogue',
    summary: 'compare pinned tools with what their servers show now',
    load: async () => (await import('./catalogue.ts')).catalogueCommand(),
  },
  {
    name: 'envoy',
    summary: 'write Envoy’s configuration, and look over one',
    load: async () => (await import('./envoy.ts')).envoyCommand(),
  },
  {
    name: 'breaker',
    summary: 'show the circuit breakers of a running service, and set them',
    load: async () => (await import('./breaker.ts')).breakerCommand(),
  },
  {
    name: 'budget',
    summary: 'show the budgets of a running service, and give some of them back',
    load: async () => (await import('./budget.ts')).budgetCommand(),
  },
  {
    name: 'store',
    summary: 'make the shared store ready',
    load: async () => (await import('./store.ts')).storeCommand(),
  },
  {
    name: 'limit',
    summary: 'show the limits of a running service, and change one for a while',
    load: async () => (await import('./limit.ts')).limitCommand(),
  },
  {
    name: 'stop',
    summary: 'refuse calls of a running service at once, whatever rules say',
    load: async () => (await import('./stop.ts')).stopCommand(),
  },
  {
    name: 'log-level',
    summary: 'show how much a running service logs, and change it for a while',
    load: async () => (await import('./log-level.ts')).logLevelCommand(),
  },
  {
    name: 'keys',
    summary: 'make signing keys',
    load: async () => (await import('./keys.ts')).keysCommand(),
  },
  {
    name: 'token',
    summary: 'make, show and verify capability tokens',
    load: async () => (await import('./token.ts')).tokenCommand(),
  },
  {
    name: 'audit',
    summary: 'read the record',
    load: async () => (await import('./audit.ts')).auditCommand(),
  },
  {
    name: 'vault',
    summary: 'read the encrypted arguments and replies of calls, and look after their keys',
    load: async () => (await import('./vault.ts')).vaultCommand(),
  },
  {
    name: 'replay',
    summary: 'serve recorded answers again, to see whether an agent still calls as it did',
    load: async () => (await import('./replay.ts')).replayCommand(),
  },
  {
    name: 'usage',
    summary: 'count calls, refusals, durations and costs by agent, tool, tenant and day',
    load: async () => (await import('./usage.ts')).usageCommand(),
  },
  {
    name: 'trace',
    summary: 'show what the record, logs and spans say of one decision',
    load: async () => (await import('./trace.ts')).traceCommand(),
  },
];
