import { isUsable, type PinnedTool } from '../../catalogue/catalogue.ts';
import { sampleArguments } from '../../catalogue/sample-arguments.ts';
import { visibleText } from '../../catalogue/visible-text.ts';
import { sha256Hex } from '../../kit/digest.ts';
import { toPlain } from '../../kit/json.ts';

/** Names that mean themselves in a rule: no wildcard, no quoting. */
const PLAIN_NAME = /^[A-Za-z0-9_.-]{1,128}$/;
/** Longest rule id. */
const MAX_ID = 128;

/**
 * A first policy file for a server: tools that only read are allowed, with a test each; the others stand there as comments,
 * so that nothing dangerous is allowed before somebody wrote it.
 */
export function starterPolicy(server: string, tools: readonly PinnedTool[]): string {
  const offered = tools.filter((tool) => isUsable(tool) && PLAIN_NAME.test(tool.name));
  const allowed = offered.filter(isHarmless);
  const rules = allowed.map((tool) => ruleText(server, tool)).join('\n');
  const rest = tools.filter((tool) => !allowed.includes(tool));
  return [
    `# What callers may do on "${server}". Nothing is allowed unless a rule says so.`,
    '# Written by sallyport init from what the server says about its own tools: read it before you rely on it.',
    'apiVersion: sallyport/v1',
    'kind: Policy',
    `metadata: { name: ${server} }`,
    allowed.length === 0 ? 'rules: []' : `rules:\n${rules}`,
    ...rest.flatMap((tool) => ['', ...commentOn(server, tool, offered.includes(tool))]),
    '',
  ].join('\n');
}

function isHarmless({ risk, effects }: PinnedTool): boolean {
  return risk === 'low' && effects.every((effect) => effect === 'read' || effect === 'network');
}

function ruleText(server: string, tool: PinnedTool): string {
  const sample = sampleArguments(tool);
  const test =
    sample === undefined ? [] : [`    tests:`, `      - { args: ${JSON.stringify(toPlain(sample))}, expect: allow }`];
  return [...head(server, tool), ...test].join('\n');
}

function head(server: string, { name }: PinnedTool): string[] {
  return [
    `  - id: ${ruleId(server, name)}`,
    `    match: { server: ${server}, tool: ${JSON.stringify(name)} }`,
    '    effect: allow',
  ];
}

function commentOn(server: string, tool: PinnedTool, offered: boolean): string[] {
  const name = visibleText(tool.name, 128);
  if (!offered) return [`# "${name}" cannot be allowed as it is: see the notes of sallyport init.`];
  const why = `${tool.risk} risk: ${tool.effects.join(', ')}`;
  return [
    `# "${name}" (${why}) is not allowed. To allow it, remove "# " below and say with args which arguments.`,
    ...head(server, tool).map((line) => `# ${line}`),
    '#     args: {}',
  ];
}

function ruleId(server: string, tool: string): string {
  const id = `${server}.${tool}`;
  // A cut name would not be unique.
  return id.length <= MAX_ID ? id : `${server}.${sha256Hex(tool).slice(0, 32)}`;
}
