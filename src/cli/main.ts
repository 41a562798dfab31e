#!/usr/bin/env node
import { VERSION } from '../version.ts';
import { processIo } from './command-io.ts';
import { commands } from './commands.ts';
import { endQuietly } from './end-quietly.ts';
import { endWith } from './end-with.ts';
import { plainServe } from './plain-serve.ts';
import { serve } from './serve.ts';

/* The `sallyport` program. */
for (const stream of [process.stdout, process.stderr]) endQuietly(stream, (code) => process.exit(code));
process.exitCode = await run(process.argv.slice(2));

/** Answers the exit code. The parser of all commands is not loaded for a service that is started as usual. */
async function run(argv: readonly string[]): Promise<number> {
  const flags = plainServe(argv);
  if (flags !== undefined) return await endWith(() => serve(flags), processIo);
  const { runProgram } = await import('./run-program.ts');
  return await runProgram(argv, { version: VERSION, commands, io: processIo });
}
