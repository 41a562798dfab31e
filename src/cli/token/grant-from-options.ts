import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { GRANT_TYPE } from '../../capability/read-capability.ts';
import { whyUnreadable } from '../../kit/why-unreadable.ts';
import { messageOf } from '../../kit/cause.ts';
import { CommandError } from '../command-error.ts';

export interface GrantOptions {
  readonly aud: string;
  readonly tool: readonly string[];
  readonly argConstraint: readonly string[];
  readonly extraArgs?: string;
  readonly prompt: readonly string[];
  readonly resource: readonly string[];
  readonly grant?: string;
}

type Members = Record<string, unknown>;

/**
 * The authorization detail that the options of `token mint` spell, or the one in the file that `--grant` names; `type`,
 * `locations` and `actions` are filled in. `undefined` when no option grants anything.
 *
 * @throws CommandError
 */
export async function grantFromOptions(options: GrantOptions): Promise<Members | undefined> {
  const written = options.grant === undefined ? undefined : await readGrantFile(options.grant);
  const spelt = speltGrant(options);
  if (written !== undefined && Object.keys(spelt).length > 0) {
    throw new CommandError('--grant and --tool, --prompt or --resource exclude each other; put all of it in the file.');
  }
  const grant = written ?? spelt;
  return Object.keys(grant).length === 0 ? undefined : completed(grant, options.aud);
}

function completed(grant: Members, audience: string): Members {
  const actions = [
    ...('tools' in grant ? ['tools/call'] : []),
    ...('prompts' in grant ? ['prompts/get'] : []),
    ...('resources' in grant ? ['resources/read'] : []),
  ];
  return { type: GRANT_TYPE, locations: [audience], actions, ...grant };
}

function speltGrant({ tool, argConstraint, extraArgs, prompt, resource }: GrantOptions): Members {
  if (tool.length === 0 && extraArgs !== undefined) throw new CommandError('--extra-args needs a --tool.');
  if (tool.length !== 1 && argConstraint.length > 0) {
    throw new CommandError('--arg-constraint needs exactly one --tool; for more tools write a file for --grant.');
  }
  const grant: Members = {
    ...(argConstraint.length === 0 ? {} : { args: readConstraints(argConstraint) }),
    ...(extraArgs === undefined ? {} : { extra_args: extraArgs }),
  };
  return {
    ...(tool.length === 0 ? {} : { tools: Object.fromEntries(tool.map((name) => [name, grant])) }),
    ...(prompt.length === 0 ? {} : { prompts: prompt }),
    ...(resource.length === 0 ? {} : { resources: resource }),
  };
}

function readConstraints(texts: readonly string[]): Members {
  const constraints = texts.map(readConstraint);
  const names = constraints.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new CommandError(`--arg-constraint names ${twice} twice; join them with {c: all, of: […]}.`);
  return Object.fromEntries(constraints);
}

/** `path={c: path_under, root: /workspace}`: a name and a constraint in YAML (or JSON). */
function readConstraint(text: string): [name: string, constraint: unknown] {
  const at = text.indexOf('=');
  if (at < 1) {
    throw new CommandError('--arg-constraint must be NAME=CONSTRAINT, such as path={c: path_under, root: /workspace}.');
  }
  return [text.slice(0, at), parseYaml(text.slice(at + 1), `--arg-constraint ${text.slice(0, at)}`)];
}

async function readGrantFile(path: string): Promise<Members> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new CommandError(`the grant ${path} ${whyUnreadable(cause)}`);
  }
  const grant = parseYaml(text, path);
  if (typeof grant === 'object' && grant !== null && !Array.isArray(grant)) return { ...grant };
  throw new CommandError(`${path} must hold one object with tools, prompts or resources.`);
}

function parseYaml(text: string, where: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0, uniqueKeys: true });
  } catch (cause) {
    throw new CommandError(`${where} is not YAML or JSON (${messageOf(cause)}).`);
  }
}
