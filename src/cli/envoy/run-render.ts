import { loadConfig } from '../../config/load.ts';
import { boundText } from '../../kit/bound-text.ts';
import { ProblemsError } from '../../kit/problem.ts';
import { CommandError, guarded } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { replaceFile } from '../replace-file.ts';
import { renderFile } from './file/render-file.ts';
import { type OpeningOptions, openingsOf } from './openings-of.ts';
import { planOfConfig } from './plan-of-config.ts';
import type { DoorOptions } from './planned-door.ts';

export interface RenderOptions extends OpeningOptions, DoorOptions {
  readonly config: string;
  readonly listener?: string;
  readonly admin?: string;
  readonly caBundle: string;
  /** File, or `-` for standard output. */
  readonly out: string;
}

/** `sallyport envoy render`. @returns the exit code: 0 written, 2 it could not be. */
export async function runRender(options: RenderOptions, io: CommandIo): Promise<number> {
  return await guarded(io, () => render(options, io), [CommandError, ProblemsError]);
}

async function render(options: RenderOptions, io: CommandIo): Promise<number> {
  const plan = await planOfConfig(await loadConfig(options.config), {
    listener: options.listener,
    openings: openingsOf(options),
    admin: options.admin,
    authorities: options.caBundle,
    door: options,
  });
  const text = renderFile(plan);
  if (options.out === '-') {
    io.print(text.trimEnd());
  } else {
    await write(options.out, text);
    io.print(`wrote ${boundText(options.out, 500)}`);
  }
  return EXIT.ok;
}

async function write(file: string, text: string): Promise<void> {
  try {
    await replaceFile(file, text);
  } catch (cause) {
    throw new CommandError(`${file} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`);
  }
}
