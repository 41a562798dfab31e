import { startEverything } from './start-everything.ts';

// For a look by hand: `node test/servers/everything/main.ts`, then point a client or the conformance suite at the URL.
const { url } = await startEverything();
console.log(url);
