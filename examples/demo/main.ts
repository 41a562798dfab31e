/** Sallyport between real agents and a real tool server. Exit code 0 only if each answer was the right one. */
import { narrator } from './narrate.ts';
import { scenes } from './scenes.ts';
import { createWorld } from './world.ts';

const story = narrator(process.stdout);
await using world = await createWorld((command) => console.log(`$ ${command}`));
for (const scene of scenes) await scene(world, story);

const failures = story.failures();
console.log(failures === 0 ? '\nEach answer was the right one.' : `\n${failures} answers were wrong.`);
process.exitCode = failures === 0 ? 0 : 1;
