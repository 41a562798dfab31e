/** Sallyport between real agents and a real tool server. Exit code 0 only if each answer was the right one. */
import { constants } from 'node:os';
import type { Carrier } from './carrier.ts';
import { demoWish } from './demo-options.ts';
import { narrator } from './narrate.ts';
import { scenes } from './scenes.ts';
import { createWorld } from './world.ts';

const { carriers, missing } = demoWish(process.argv.slice(2));
// An exit instead of a sudden death: what was started is ended with it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => process.exit(128 + constants.signals[signal]));

const story = narrator(process.stdout);
const lacking = missing();
if (lacking === undefined) await perform(carriers);
else complain(lacking);

async function perform(all: readonly Carrier[]): Promise<void> {
  for (const carrier of all) await act(carrier);
  const failures = story.failures();
  console.log(failures === 0 ? '\nEach answer was the right one.' : `\n${failures} answers were wrong.`);
  process.exitCode = failures === 0 ? 0 : 1;
}

async function act(carrier: Carrier): Promise<void> {
  story.act(carrier.title);
  await using world = await createWorld(carrier, (command) => console.log(`$ ${command}`));
  for (const scene of scenes) await scene(world, story);
  await world.testify?.(story);
}

function complain(what: string): void {
  console.error(`\n${what}`);
  process.exitCode = 1;
}
