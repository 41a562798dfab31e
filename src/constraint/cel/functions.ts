import { type CelFunc, celFunc, CelScalar, isCelList, isCelMap } from '@bufbuild/cel';
import { isInBlock, parseAddress, parseBlock } from '../address/parse-address.ts';
import { compileGlob, matchGlob } from '../glob.ts';
import { isUnder, parseRoot } from '../path/is-under.ts';
import { type ParsedPath, parsePath } from '../path/parse-path.ts';
import { compareVersions, isVersionRange, satisfiesRange } from '../semver.ts';
import { shellArgv } from '../shell-argv.ts';
import { isPublicHost } from '../url/is-public-host.ts';
import { type ParsedUrl, parseUrl } from '../url/parse-url.ts';
import type { Parameter, Signature } from './signature.ts';
import { timeFunctions } from './time-functions.ts';
import { BOOL, type CelType, INT, listOf, STRING } from './type.ts';

/** Units for each character that one of our parsers looks at. */
const PER_CHARACTER = 0.1;
/** A pattern's stars make several places reachable at once. */
const PER_GLOB_CHARACTER = 1;

const { BOOL: CEL_BOOL, DOUBLE: CEL_DOUBLE, DYN: CEL_DYN, INT: CEL_INT, STRING: CEL_STRING } = CelScalar;

/**
 * Our functions. They read their argument as its target does, and an argument that can be read in two ways is an error, so
 * neither an allow nor a deny rule can be got around with one.
 */
export const OWN_SIGNATURES: readonly Signature[] = [
  withLiteral(own('path.under', ['string', 'string'], BOOL), 1, rootProblem),
  own('url.host', ['string'], STRING),
  own('url.isPublic', ['string'], BOOL),
  withLiteral(own('cidr.has', ['string', 'string'], BOOL), 0, blockProblem),
  {
    ...withLiteral(own('glob', ['string', 'string'], BOOL), 0, globProblem),
    sizeCosts: [PER_CHARACTER, PER_GLOB_CHARACTER],
  },
  own('semver.compare', ['string', 'string'], INT),
  withLiteral(own('semver.satisfies', ['string', 'string'], BOOL), 1, rangeProblem),
  own('shell.argv', ['string'], listOf(STRING)),
];

function own(name: string, parameters: readonly Parameter[], result: CelType): Signature {
  return { name, method: false, parameters, result, baseCost: 20, sizeCosts: parameters.map(() => PER_CHARACTER) };
}

/** The signature with a check of the argument at `index`, where it is a literal. */
function withLiteral(signature: Signature, index: number, check: (text: string) => string | undefined): Signature {
  return { ...signature, literals: new Map([[index, { required: false, check }]]) };
}

/** The functions as the library calls them: ours, and standard ones that are stricter here. What they throw is a CEL error. */
export function celFunctions(): CelFunc[] {
  return [
    celFunc('path.under', [CEL_STRING, CEL_STRING], CEL_BOOL, (path, root) => isUnder(readPath(path), readRoot(root))),
    celFunc('url.host', [CEL_STRING], CEL_STRING, (text) => readUrl(text).host),
    celFunc('url.isPublic', [CEL_STRING], CEL_BOOL, (text) => isPublicHost(readUrl(text).host)),
    celFunc('cidr.has', [CEL_STRING, CEL_STRING], CEL_BOOL, hasAddress),
    celFunc('glob', [CEL_STRING, CEL_STRING], CEL_BOOL, (pattern, text) => matchGlob(compileGlob(pattern), text)),
    celFunc('semver.compare', [CEL_STRING, CEL_STRING], CEL_INT, (a, b) => BigInt(compareVersions(a, b))),
    celFunc('semver.satisfies', [CEL_STRING, CEL_STRING], CEL_BOOL, satisfiesRange),
    celFunc('shell.argv', [CEL_STRING], CEL_DYN, shellArgv),
    celFunc('int', [CEL_STRING], CEL_INT, readInt),
    celFunc('double', [CEL_STRING], CEL_DOUBLE, readDouble),
    ...wrappers(),
    ...timeFunctions(),
  ];
}

/**
 * What the compiler puts around arguments (`wrap-arguments.ts`); no author can write these names.
 *
 * JSON numbers come as doubles. `@int` makes one that the schema calls an integer an int, so that `/`, `%` and `+ 1` mean
 * what the type says. `@items` and `@text` hold a loop to the sizes its cost was computed for.
 */
function wrappers(): CelFunc[] {
  return [
    celFunc('@int', [CEL_DYN], CEL_DYN, (value) => (typeof value === 'number' ? BigInt(value) : value)),
    celFunc('@items', [CEL_DYN, CEL_INT], CEL_DYN, (value, most) => {
      if ((isCelList(value) || isCelMap(value)) && value.size > most)
        throw new Error(`a loop over more than ${most} items`);
      return value;
    }),
    celFunc('@text', [CEL_DYN, CEL_INT], CEL_DYN, (value, most) => {
      if (typeof value === 'string' && value.length > most)
        throw new Error(`a text of more than ${most} characters in a loop`);
      return value;
    }),
  ];
}

function readPath(text: string): ParsedPath {
  const path = parsePath(text);
  if (path.kind === 'path') return path;
  throw new Error(`a path with ${path.without}`);
}

function readRoot(text: string): ParsedPath {
  const root = parseRoot(text);
  if (root.kind === 'path') return root;
  throw new Error(`a root path with ${root.without}`);
}

function readUrl(text: string): ParsedUrl {
  const url = parseUrl(text);
  if (url.kind === 'url') return url;
  throw new Error(`not a URL ${url.instead}`);
}

function hasAddress(range: string, text: string): boolean {
  const block = parseBlock(range);
  const address = parseAddress(text);
  if (block === undefined) throw new Error('not a CIDR block');
  if (address === undefined) throw new Error('not an IP address in canonical form');
  return isInBlock(address, block);
}

function rootProblem(text: string): string | undefined {
  return parseRoot(text).kind === 'path' ? undefined : 'is no root path';
}

function blockProblem(text: string): string | undefined {
  return parseBlock(text) === undefined ? 'is no CIDR block with zero host bits' : undefined;
}

function rangeProblem(text: string): string | undefined {
  return isVersionRange(text) ? undefined : 'is no version range';
}

function globProblem(text: string): string | undefined {
  try {
    compileGlob(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'is no pattern';
  }
}

/** The library reads `""` as 0 and `"0x10"` as 16. */
function readInt(text: string): bigint {
  if (!/^-?(?:0|[1-9][0-9]{0,18})$/.test(text)) throw new Error('not a whole number');
  const value = BigInt(text);
  if (BigInt.asIntN(64, value) !== value) throw new Error('a number that does not fit into 64 bits');
  return value;
}

/** The library reads `""` as 0 and `"abc"` as NaN. */
function readDouble(text: string): number {
  if (!/^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(text)) throw new Error('not a decimal number');
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Error('a number too large');
  return value;
}
