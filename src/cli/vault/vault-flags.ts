import type { Command } from 'commander';

/** Which vault a command is about. */
export interface VaultFlags {
  readonly config: string;
  readonly json?: boolean;
}

/** The option by which a command is told which vault it is about. */
export function withConfig(command: Command): Command {
  return command.option('--config <file>', 'configuration that says where the vault is', 'sallyport.yaml');
}
