#!/usr/bin/env node
import { VERSION } from '../version.ts';
import { processIo } from './command-io.ts';
import { endQuietly } from './end-quietly.ts';
import { type LazyCommand, runProgram } from './run-program.ts';

/* The `sallyport` program: one line a command, loaded when it is called. */
const commands: readonly LazyCommand[] = [
  {
    name: 'serve',
    summary: 'judge calls: the built-in proxy with the configured servers',
    load: async () => (await import('./serve.ts')).serveCommand(),
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
    summary: 'check, test and explain rules',
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
];

for (const stream of [process.stdout, process.stderr]) endQuietly(stream, (code) => process.exit(code));
process.exitCode = await runProgram(process.argv.slice(2), { version: VERSION, commands, io: processIo });
