import { DEFAULT_CONFIG, type ServeFlags } from './serve.ts';

/**
 * The flags of `sallyport serve` as a service manager calls it, so that its start does not wait for the parser of all
 * commands, twice.
 *
 * @param argv Without node and script.
 * @returns Nothing unless it is just that, and right: everything else is for the parser, which says what is wrong with it.
 */
export function plainServe(argv: readonly string[]): ServeFlags | undefined {
  const [command, ...rest] = argv;
  if (command !== 'serve') return undefined;
  const words = rest.values();
  let flags: ServeFlags = { config: DEFAULT_CONFIG, confine: true };
  for (const word of words) {
    const config = word === '--config' ? words.next().value : /^--config=(.+)$/s.exec(word)?.[1];
    if (word === '--no-confine') flags = { ...flags, confine: false };
    else if (config !== undefined && /^[^-]/.test(config)) flags = { ...flags, config };
    else return undefined;
  }
  return flags;
}
