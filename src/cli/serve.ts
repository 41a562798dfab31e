import { runUntilSignal } from './run-until-signal.ts';

export interface ServeFlags {
  readonly config: string;
  readonly confine: boolean;
}

export const DEFAULT_CONFIG = 'sallyport.yaml';

/**
 * `sallyport serve`: reads the configuration to know which paths it names, then becomes a Node process that may touch
 * nothing else, and serves.
 *
 * Each of the two is loaded by the process that needs it.
 *
 * @throws ProblemsError when the configuration cannot be used; what the system said when it cannot be served.
 */
export async function serve({ config, confine }: ServeFlags): Promise<void> {
  if (confine && !isConfined()) {
    const { becomeConfined } = await import('./become-confined.ts');
    return await becomeConfined(config);
  }
  const { startSallyport } = await import('../main.ts');
  await runUntilSignal(await startSallyport({ configPath: config }));
}

function isConfined(): boolean {
  return process.permission !== undefined;
}
