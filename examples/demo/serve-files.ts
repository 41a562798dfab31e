/** The demo's tool server at the address that all pages use, until a signal: `npm run demo:server [-- PORT]`. */
import { startFilesServer } from './files-server.ts';

const [wanted = '3001'] = process.argv.slice(2);
const port = /^\d{1,5}$/.test(wanted) ? Number(wanted) : Number.NaN;

if (port <= 65_535) await serve();
else complain(`"${wanted}" is no port. Usage: npm run demo:server -- 3001`);

async function serve(): Promise<void> {
  const ended = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ended.resolve());
  try {
    await using server = await startFilesServer(port);
    console.log(`An MCP server with read_file, write_file and delete_all is at ${server.url}. Ctrl-C ends it.`);
    await ended.promise;
  } catch (error) {
    complain(`It cannot listen (${String(error)}). Usage: npm run demo:server -- PORT`);
  }
}

function complain(what: string): void {
  console.error(what);
  process.exitCode = 2;
}
