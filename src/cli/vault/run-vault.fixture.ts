import { listeningIo } from '../command-io.fixture.ts';
import { vaultCommand } from '../vault.ts';

/** What a command came to. */
export interface VaultRun {
  readonly code: number;
  readonly said: string;
  readonly complained: string;
}

/** Runs `sallyport vault …` in this process. A throw is exit code 2, as it is for the program. */
export async function runVault(...args: readonly string[]): Promise<VaultRun> {
  const io = listeningIo();
  const before = process.exitCode;
  try {
    process.exitCode = 0;
    await vaultCommand(io)
      .exitOverride()
      .parseAsync([...args], { from: 'user' });
    return { code: process.exitCode, said: io.said(), complained: io.complained() };
  } catch (cause) {
    return { code: 2, said: io.said(), complained: cause instanceof Error ? cause.message : String(cause) };
  } finally {
    process.exitCode = before;
  }
}
