import { Command } from 'commander';
import { DEFAULT_CONFIG, serve, type ServeFlags } from './serve.ts';

/** `sallyport serve`, for whatever `plainServe()` does not read: its help, and what is wrong with how it was called. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('judge calls: all doors of the configuration, until a signal')
    .option('--config <file>', 'configuration file', DEFAULT_CONFIG)
    .option('--no-confine', 'serve in this process, without limiting it to the paths that the configuration names')
    .action(async (flags: ServeFlags) => serve(flags));
}
