import { boundText } from '../kit/bound-text.ts';
import { CommandError } from './command-error.ts';

/** Something like `127.0.0.1:3001/mcp`, which is no URL or one with a strange scheme. */
const WITHOUT_SCHEME = /^[\w.-]+(?::\d+)?(?:\/|$)/;

/**
 * The URL of a tool server from the command line.
 *
 * @throws CommandError that says what was probably meant.
 */
export function upstreamUrl(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  const shown = boundText(text, 200);
  if (WITHOUT_SCHEME.test(text)) throw new CommandError(`"${shown}" is no URL. Did you mean http://${shown}?`);
  if (url === null) throw new CommandError(`"${shown}" is no URL. Write it like http://127.0.0.1:3001/mcp.`);
  throw new CommandError(
    `${shown}: MCP is not spoken over ${boundText(url.protocol, 20)}// The URL must begin with http:// or https://.`,
  );
}
