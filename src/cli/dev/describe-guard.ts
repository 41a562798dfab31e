import type { Assembly } from '../../assemble/assemble.ts';
import { visibleText } from '../../catalogue/visible-text.ts';
import { EMPTY_OBJECT } from '../../kit/json.ts';
import type { DevProject } from './prepare-project.ts';

/** What a developer needs to know once the guard is ready: what to paste, what is allowed, where to change it. */
export function describeGuard(project: DevProject, assembly: Assembly): readonly string[] {
  const { name, url, token, policyPath, configPath, isKept } = project;
  const client = { mcpServers: { [name]: { type: 'http', url, headers: { Authorization: `Bearer ${token}` } } } };
  const { callable, refused } = sortTools(project, assembly);
  return [
    `Sallyport is ready: it guards "${name}" at ${url}`,
    '',
    'Paste this into your client (the token is good for 12 hours):',
    '',
    JSON.stringify(client, null, 2),
    '',
    `Can be called:     ${callable.join(', ') || 'nothing yet'}`,
    `Refused for now:   ${refused.join(', ') || 'nothing'}`,
    `Rules:             ${policyPath} (a change counts at once)`,
    `What happened:     sallyport audit tail --config ${configPath}`,
    ...(isKept
      ? [`Pins and rules of an earlier start were kept; compare: sallyport catalogue diff --config ${configPath}`]
      : []),
    '',
  ];
}

function sortTools({ name }: DevProject, { catalogue, policies }: Assembly) {
  const callable: string[] = [];
  const refused: string[] = [];
  for (const tool of catalogue.servers.get(name)?.tools.values() ?? []) {
    const reach = policies.reach({
      server: name,
      target: { kind: 'tool', name: tool.name },
      effects: tool.effects,
      annotations: EMPTY_OBJECT,
      token: undefined,
      principal: new Map([['subject', 'user:developer']]),
      tls: EMPTY_OBJECT,
    });
    (reach.kind === 'never' ? refused : callable).push(visibleText(tool.name, 64));
  }
  return { callable, refused };
}
