import { Command, Option } from 'commander';
import type { Carrier } from './carrier.ts';
import { envoyCarrier, WIRINGS, type Wiring } from './envoy-carrier.ts';
import { missingEnvoy } from './envoy-part.ts';
import { proxyCarrier } from './proxy-carrier.ts';

const DESCRIPTION = `Sallyport between real agents and a real tool server: what passes, what is refused, and the record of it.
Exit code 0 only if each answer was the right one.`;

/** What the command line asks for. */
export interface DemoWish {
  /** Who carries the calls, one after the other. */
  readonly carriers: readonly Carrier[];
  /** Sees to it that what they run is on this machine. @returns what is missing. */
  missing(): string | undefined;
}

/** Reads the command line. Ends the process: with 0 after `--help`, with 2 where it does not understand. */
export function demoWish(argv: readonly string[]): DemoWish {
  const { envoy } = new Command('npm run demo --')
    .description(DESCRIPTION)
    .addOption(
      new Option(
        '--envoy [wiring]',
        'through a real Envoy, in both wirings or in one; needs Python 3 with pip',
      ).choices(WIRINGS),
    )
    .helpOption('-h, --help', 'print this help')
    .showHelpAfterError('npm run demo -- --help says what there is.')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse(argv, { from: 'user' })
    .opts<{ envoy?: true | Wiring }>();
  if (envoy === undefined) return { carriers: [proxyCarrier], missing: () => undefined };
  return { carriers: (envoy === true ? WIRINGS : [envoy]).map(envoyCarrier), missing: missingEnvoy };
}
