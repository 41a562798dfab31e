import { isUsable, type PinnedTool } from '../../catalogue/catalogue.ts';
import { sampleArguments } from '../../catalogue/sample-arguments.ts';
import { visibleText } from '../../catalogue/visible-text.ts';
import { sha256Hex } from '../../kit/digest.ts';
import { isJsonArray, isJsonObject, toPlain } from '../../kit/json.ts';

/** Names that mean themselves in a rule: no wildcard, no quoting. */
const PLAIN_NAME = /^[A-Za-z0-9_.-]{1,128}$/;
/** Longest name of an argument that is written. */
const MAX_KEY = 128;
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
    ...rest.flatMap((tool) => ['', ...commentOn(server, tool, offered.includes(tool), allowed.length === 0)]),
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

/** @param isFirst Whether no rule stands above: then `rules:` says that there are none. */
function commentOn(server: string, tool: PinnedTool, offered: boolean, isFirst: boolean): string[] {
  const name = visibleText(tool.name, 128);
  if (!offered) return [`# "${name}" cannot be allowed as it is: see the notes of sallyport init.`];
  const why = `${tool.risk} risk: ${tool.effects.join(', ')}`;
  const how = isFirst ? 'remove "[]" behind rules: above, and "# " below' : 'remove "# " below';
  return [
    `# "${name}" (${why}) is not allowed. To allow it, ${how}, and narrow args.`,
    ...[...head(server, tool), ...argumentLines(tool)].map((line) => `# ${line}`),
  ];
}

/** Every argument with any value, for a person to narrow. */
function argumentLines({ definition }: PinnedTool): string[] {
  const schema = definition.get('inputSchema');
  const properties = isJsonObject(schema) ? schema.get('properties') : undefined;
  const required = isJsonObject(schema) ? schema.get('required') : undefined;
  const names = isJsonObject(properties) ? [...properties.keys()].filter(isPlainKey) : [];
  if (names.length === 0) return ['    args: {}'];
  const isRequired = (name: string): boolean => isJsonArray(required) && required.includes(name);
  return [
    '    args:',
    ...names.map((name) => {
      const constraint = isRequired(name) ? '{ c: wildcard }' : '{ c: wildcard, optional: true }';
      return `      ${JSON.stringify(name)}: ${constraint} # any value: narrow it`;
    }),
  ];
}

/** Whether a name in quotes is what it seems. */
function isPlainKey(name: string): boolean {
  return name.length <= MAX_KEY && visibleText(name, MAX_KEY) === name;
}

function ruleId(server: string, tool: string): string {
  const id = `${server}.${tool}`;
  // A cut name would not be unique.
  return id.length <= MAX_ID ? id : `${server}.${sha256Hex(tool).slice(0, 32)}`;
}
