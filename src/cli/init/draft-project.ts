import { stringify } from 'yaml';
import type { PinnedTool } from '../../catalogue/catalogue.ts';
import { draftPins } from '../../catalogue/draft-pins.ts';
import type { LiveTools } from '../../catalogue/live/live-tools.ts';
import { type PinnedToolInput, pinnedTool } from '../../catalogue/pinned-tool.ts';
import { writePins } from '../../catalogue/pins-file.ts';
import { starterPolicy } from './starter-policy.ts';

export interface DraftOptions {
  /** Name of the server in the configuration; see `serverNameFrom()`. */
  readonly name: string;
  /** URL of its MCP endpoint. */
  readonly upstream: URL;
  /** What it said about its tools. */
  readonly live: LiveTools;
  /** Address and port that agents will connect to. */
  readonly bind: string;
}

/** Everything a first configuration needs, in memory. */
export interface ProjectDraft {
  readonly name: string;
  /** The entry of the `servers:` section. */
  readonly server: ServerEntry;
  readonly pins: readonly PinnedToolInput[];
  readonly tools: readonly PinnedTool[];
  /** A policy file for `compilePolicies()`. */
  readonly policy: string;
  /** What a person should look at: sentences, printable. */
  readonly notes: readonly string[];
}

/** The fields that differ from their defaults. */
export interface ServerEntry {
  readonly route: string;
  readonly upstream: string;
  readonly resource: string;
  readonly pins: string;
}

/** A first configuration for a running server. Allows nothing but what the server calls read-only. */
export function draftProject({ name, upstream, live, bind }: DraftOptions): ProjectDraft {
  const { pins, notes } = draftPins(name, live.tools);
  const tools = pins.map(pinnedTool);
  const route = `/${name}`;
  const server = { route, upstream: upstream.href, resource: `http://${bind}${route}`, pins: `catalogue/${name}.json` };
  return { name, server, pins, tools, policy: starterPolicy(name, tools), notes };
}

/** A name for the configuration from what a server calls itself: lower case, at most 63 of a-z 0-9 _ -. */
export function serverNameFrom(said: string): string {
  const name = said
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 63)
    .replace(/-+$/, '');
  return name === '' ? 'tools' : name;
}

/** The files of a draft: path relative to the configuration → text. */
export function filesOf({ name, server, pins, policy }: ProjectDraft, bind: string): ReadonlyMap<string, string> {
  return new Map([
    ['sallyport.yaml', configText(name, server, bind)],
    [server.pins, writePins(name, pins)],
    [`policies/${name}.yaml`, policy],
    ['revoked.txt', '# Ids (jti) of access tokens that are good no longer, one a line. A change counts at once.\n'],
  ]);
}

/**
 * The files that a further server needs.
 *
 * @param ending Added to the name of the policy file, so that no pattern of policies matches it: rules for a server that is
 *   not configured would make the whole configuration unusable.
 */
export function filesToAdd({ name, server, pins, policy }: ProjectDraft, ending: string): ReadonlyMap<string, string> {
  return new Map([
    [server.pins, writePins(name, pins)],
    [`policies/${name}.yaml${ending}`, policy],
  ]);
}

/** The lines for the `servers:` section of a configuration that is there already. */
export function serverText(name: string, server: ServerEntry): string {
  return stringify({ [name]: server }, { lineWidth: 0 }).replaceAll(/^(?=.)/gm, '  ');
}

function configText(name: string, server: ServerEntry, bind: string): string {
  return `# Where agents connect to. Loopback only: another address needs tls.
listeners:
  agents: { bind: ${JSON.stringify(bind)} }

servers:
${serverText(name, server)}
policies: [policies/*.yaml]

# Whose access tokens are accepted. This issuer is for a first try: put your authorization server here instead.
#   sallyport keys generate --out keys        makes its key
#   sallyport token mint --help               makes tokens with it
authenticate:
  issuers:
    - issuer: urn:sallyport:dev
      jwks: { file: keys/jwks.json }
  revocations: { file: revoked.txt }
`;
}
