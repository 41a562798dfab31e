import { CLIENTS, connectAgent } from './agent.ts';
import { sallyport } from './command.ts';
import type { Narrator } from './narrate.ts';
import { signature } from './signature.ts';
import { theRecord } from './the-record.ts';
import type { World } from './world.ts';

const GRANT_ALL = ['--extra-args', 'allow', '--tool', 'read_file', '--tool', 'write_file', '--tool', 'delete_all'];
const REPORT = '/workspace/report.txt';

/** One thing that Sallyport does, shown and checked. */
export type Scene = (world: World, narrator: Narrator) => Promise<void>;

/** In the order in which they are told. Drift comes last but one: it changes the tool server. */
export const scenes: readonly Scene[] = [
  allowedCall,
  refusedArgument,
  filteredLists,
  badTokens,
  hostileBody,
  driftedTool,
  theRecord,
];

async function allowedCall({ url, token }: World, { scene, show, expect }: Narrator): Promise<void> {
  scene(
    'A call that is allowed',
    'Three official clients, both eras of the protocol, one tool server on the official SDK.',
  );
  const bearer = await token('user:report', ...GRANT_ALL);
  for (const client of CLIENTS) {
    await using agent = await connectAgent(client, url, bearer);
    const { isError, text } = await agent.call('read_file', { path: REPORT });
    show(`agent (${client})`, text);
    expect('the file was read', !isError && text.includes('all is well'));
  }
}

async function refusedArgument(world: World, { scene, show, expect }: Narrator): Promise<void> {
  scene('A call that is refused because of an argument', 'Same agent, same tool: only the path is another one.');
  const { url, token, upstream, folder } = world;
  await using agent = await connectAgent(CLIENTS[0], url, await token('user:report', ...GRANT_ALL));
  const before = upstream.calls.length;
  const { isError, text } = await agent.call('read_file', { path: '/workspace/../etc/passwd' });
  show('as the agent sees it', text);
  expect('the model is told what was wrong and what would be right', isError && text.includes('/workspace'));
  expect('the tool server saw nothing', upstream.calls.length === before);
  const decision = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(text)?.[0] ?? 'no decision id';
  const { code, stdout } = await sallyport(folder, 'audit', 'show', decision);
  show(`as the operator sees it: sallyport audit show ${decision}`, stdout);
  expect('the record names the rule and the reason', code === 0 && stdout.includes('policy.arguments'));
}

async function filteredLists({ url, token }: World, { scene, show, expect }: Narrator): Promise<void> {
  scene('tools/list for two callers', 'Each sees what it may call, with the arguments that it may use.');
  const seen: string[] = [];
  for (const [subject, grant] of [
    ['user:report', ['--extra-args', 'allow', '--tool', 'read_file']],
    ['user:editor', ['--extra-args', 'allow', '--tool', 'read_file', '--tool', 'write_file']],
  ] as const) {
    await using agent = await connectAgent(CLIENTS[0], url, await token(subject, ...grant));
    const tools = await agent.tools();
    seen.push(tools.map(({ name }) => name).join(' '));
    show(subject, tools.map(({ name, inputSchema }) => signature(name, inputSchema)).join('\n'));
    const schema = JSON.stringify(tools.find(({ name }) => name === 'read_file')?.inputSchema);
    expect('the limit of 100 lines is in the schema of read_file', schema.includes('"maximum":100'));
  }
  expect('the report agent sees one tool, the editor two', seen.join() === 'read_file,read_file write_file');
}

async function badTokens({ url, token, expiredToken }: World, { scene, show, tell, expect }: Narrator): Promise<void> {
  scene('Tokens that are not good', 'A signature with one character changed, and a token whose time is over.');
  const good = await token('user:report', ...GRANT_ALL);
  const at = good.lastIndexOf('.') + 10;
  const tampered = `${good.slice(0, at)}${good[at] === 'A' ? 'B' : 'A'}${good.slice(at + 1)}`;
  tell("The second one was made at the start. It lived 1 s, and its issuer's clock may be 5 s off …");
  const expired = await expiredToken();
  for (const [what, bearer, reason] of [
    ['tampered', tampered, 'token.signature'],
    ['expired', expired, 'token.expired'],
  ] as const) {
    const { status, challenge, body } = await post(url, call(1, { path: REPORT }), bearer);
    show(what, `${status} ${challenge}\n${body}`);
    expect(`401 ${reason}`, status === 401 && body.includes(reason));
  }
}

async function hostileBody({ url, token, upstream }: World, { scene, show, expect }: Narrator): Promise<void> {
  scene(
    'A body that two parsers read differently',
    'The key "path" twice: a guard that reads the first and a tool that runs the last see different calls.',
  );
  const before = upstream.calls.length;
  const bearer = await token('user:report', ...GRANT_ALL);
  const twice = call(1, {}).replace('{}', `{"path":"${REPORT}","path":"/etc/passwd"}`);
  const direct = await post(upstream.url, twice);
  show(
    'sent to the tool server itself',
    `${direct.status}; the tool ran with ${JSON.stringify(upstream.calls.at(-1)?.args)}`,
  );
  expect('without Sallyport the last one runs', upstream.calls.length === before + 1);
  const guarded = await post(url, twice, bearer);
  show('sent through Sallyport', `${guarded.status}\n${guarded.body}`);
  expect('it is refused and nothing is forwarded', guarded.status === 400 && upstream.calls.length === before + 1);
}

async function driftedTool({ url, token, upstream, folder }: World, { scene, show, expect }: Narrator): Promise<void> {
  scene(
    'A tool that changes after it was accepted',
    'The server now hides an instruction in the description of read_file.',
  );
  const bearer = await token('user:editor', ...GRANT_ALL);
  upstream.drift();
  await using agent = await connectAgent(CLIENTS[1], url, bearer);
  const listed = (await agent.tools()).map(({ name }) => name);
  show('tools/list', listed.join(' '));
  expect('the changed tool is not shown', !listed.includes('read_file') && listed.includes('write_file'));
  const { isError, text } = await agent.call('read_file', { path: REPORT });
  show('tools/call', text);
  expect('it cannot be called either', isError && text.includes('tool.quarantined'));
  const { code, stdout } = await sallyport(folder, 'catalogue', 'diff');
  show('sallyport catalogue diff', stdout);
  expect('the operator sees what changed', code === 1 && stdout.includes('read_file'));
}

function call(id: number, args: Record<string, unknown>): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'read_file', arguments: args } });
}

async function post(url: string, body: string, bearer?: string) {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'accept': 'application/json, text/event-stream',
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
  });
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate') ?? '',
    body: await response.text(),
  };
}
