import type { Problem } from '../kit/problem.ts';
import type { YamlSource } from '../source/yaml-source.ts';
import { checkAskedDoors } from './check-asked-doors.ts';
import { checkEnvoyAddress } from './check-envoy-address.ts';
import { envoyListeners } from './listeners-of.ts';
import { checkToldApart } from './check-told-apart.ts';
import type { Config } from './schema.ts';

/** Room for everything of a message of Envoy's but the body, bytes: headers, certificate, names. */
const AROUND_BODY_BYTES = 256 * 1024;

type EnvoyListener = ReturnType<typeof envoyListeners>[number][1];
type Server = Config['servers'][string];

/** What each door can and cannot do for the servers and routes that name it. */
export function checkDoors(config: Config, source: YamlSource): readonly Problem[] {
  return [
    ...checkSockets(config, source),
    ...checkEnvoyAddress(config, source),
    ...checkToldApart(config, source),
    ...checkServers(config, source),
    ...checkRoutes(config, source),
    ...checkAskedDoors(config, source),
  ];
}

function checkSockets(config: Config, source: YamlSource): readonly Problem[] {
  const all = Object.entries(config.listeners).flatMap(([name, listener]) =>
    'socket' in listener && listener.socket !== undefined ? [[name, { socket: listener.socket }] as const] : [],
  );
  return all.flatMap(([name, { socket }], index) => {
    const twin = all.slice(0, index).find(([, other]) => other.socket === socket);
    if (twin === undefined) return [];
    const message = `"${twin[0]}" has the same socket.`;
    return [source.problem(['listeners', name, 'socket'], message, 'Give it another path.')];
  });
}

function checkServers(config: Config, source: YamlSource): readonly Problem[] {
  const asked = new Map(envoyListeners(config));
  return Object.entries(config.servers).flatMap(([name, server]) => {
    if (config.listeners[server.listener]?.door === 'forward_auth') return [];
    const door = asked.get(server.listener);
    return [...checkReplies(name, server, door, source), ...checkRoom(name, server, door, source)];
  });
}

/** What is said about replies must be about a door that can do either. */
function checkReplies(
  name: string,
  { listener, waive, judge_replies: judgeReplies }: Server,
  door: EnvoyListener | undefined,
  source: YamlSource,
): readonly Problem[] {
  const problem = (field: string, message: string, advice: string): Problem =>
    source.problem(['servers', name, field], message, advice);
  if (door?.door === 'ext_authz') {
    if (judgeReplies === 'when_needed' || door.replies === 'ext_proc') return [];
    const message = `"${listener}" has replies: none, so no reply can be judged.`;
    return [problem('judge_replies', message, 'Remove it, or attach ext_proc and say replies: ext_proc there.')];
  }
  const judgesAll = `"${listener}" judges all replies, so there is`;
  return [
    ...(waive.length > 0 ? [problem('waive', `${judgesAll} nothing to waive.`, 'Remove it.')] : []),
    ...(judgeReplies === 'always' ? [problem('judge_replies', `${judgesAll} nothing to choose.`, 'Remove it.')] : []),
  ];
}

/** A body that does not fit into a message would be an outage, where it should be a refusal that says so. */
function checkRoom(
  name: string,
  { listener, max_body_bytes: maxBodyBytes, max_reply_bytes: maxReplyBytes }: Server,
  door: EnvoyListener | undefined,
  source: YamlSource,
): readonly Problem[] {
  if (door === undefined) return [];
  const judged = door.door === 'ext_proc' || door.replies === 'ext_proc';
  const sizes = { max_body_bytes: maxBodyBytes, ...(judged ? { max_reply_bytes: maxReplyBytes } : {}) };
  return Object.entries(sizes).flatMap(([field, bytes]) => {
    if (bytes + AROUND_BODY_BYTES <= door.max_message_bytes) return [];
    const message = `bodies of ${bytes} bytes do not fit into max_message_bytes of listener "${listener}".`;
    const advice = `Lower it, or raise that to ${bytes + AROUND_BODY_BYTES}.`;
    return [source.problem(['servers', name, field], message, advice)];
  });
}

function checkRoutes(config: Config, source: YamlSource): readonly Problem[] {
  const asked = new Map(envoyListeners(config));
  return Object.entries(config.passthrough)
    .filter(([, { listener }]) => asked.has(listener))
    .map(([name]) =>
      source.problem(
        ['passthrough', name, 'listener'],
        'what Envoy asks about is not passed through from here.',
        'Route it in Envoy, or name a proxy listener.',
      ),
    );
}
