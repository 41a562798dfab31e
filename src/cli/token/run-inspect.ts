import { parseJson } from '../../call/parse-json.ts';
import { decodeBase64url } from '../../capability/base64url.ts';
import { GrantError } from '../../capability/grant-error.ts';
import { readCapability } from '../../capability/read-capability.ts';
import { readToken } from '../../capability/read-token.ts';
import { readTokenClaims, type TokenClaims } from '../../capability/token-claims.ts';
import { boundText } from '../../kit/bound-text.ts';
import { isJsonObject, type JsonObject, toPlain } from '../../kit/json.ts';
import { CommandError, guarded } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { describeCapability } from './describe-capability.ts';
import { type ReadInput, takeToken } from './take-token.ts';

const WARNING = 'NOT VERIFIED: anybody could have written this. "sallyport token verify" checks it.';

interface Inspected {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** What a server would find wrong without looking at the signature, as `code: detail`. */
  readonly problems: readonly string[];
  readonly grant: readonly string[];
  readonly times: readonly string[];
}

/** `token inspect`: shows what a token says, believing none of it. @returns 0 shown, 2 not a token. */
export async function runInspect(
  argument: string,
  options: { readonly json?: boolean },
  io: CommandIo,
  readInput: ReadInput,
  nowMs: number,
): Promise<number> {
  return guarded(io, async () => {
    const inspected = inspect(await takeToken(argument, readInput), nowMs);
    if (options.json === true) io.print(JSON.stringify(documentOf(inspected)));
    else printInspected(inspected, io);
    return EXIT.ok;
  });
}

function inspect(token: string, nowMs: number): Inspected {
  const [headerPart, claimsPart] = token.split('.');
  const header = objectIn(headerPart);
  const claims = objectIn(claimsPart);
  if (header === undefined || claims === undefined) {
    throw new CommandError(
      'this is not a compact JWT of an access token: header or claims are not base64url of a JSON object.',
    );
  }
  const read = readToken(token, parseJson);
  const readClaims = readTokenClaims(claims);
  const grant = 'kind' in readClaims ? [] : describeGrant(claims, readClaims);
  const refusals = [read, readClaims].flatMap((one) => ('code' in one ? [`${one.code}: ${one.detail}`] : []));
  return {
    header,
    claims,
    problems: [...refusals, ...grant.filter((line) => line.startsWith('token.'))],
    grant: grant.filter((line) => !line.startsWith('token.')),
    times: 'kind' in readClaims ? [] : describeTimes(readClaims, nowMs),
  };
}

function objectIn(part: string | undefined): JsonObject | undefined {
  const bytes = part === undefined ? undefined : decodeBase64url(part);
  const parsed = bytes === undefined ? undefined : parseJson(bytes);
  return parsed?.kind === 'json' && isJsonObject(parsed.value) ? parsed.value : undefined;
}

function describeGrant(claims: JsonObject, { audience }: TokenClaims): readonly string[] {
  try {
    return describeCapability(readCapability(claims, audience));
  } catch (cause) {
    if (!(cause instanceof GrantError)) throw cause;
    return [`token.grant-malformed: ${cause.pointer}: ${cause.message}`];
  }
}

function describeTimes({ issuedAtMs, expiresAtMs }: TokenClaims, nowMs: number): readonly string[] {
  const leftS = Math.round((expiresAtMs - nowMs) / 1000);
  const ends = leftS > 0 ? `in ${leftS} s` : `${-leftS} s ago`;
  return [
    `issued  ${new Date(issuedAtMs).toISOString()}`,
    `expires ${new Date(expiresAtMs).toISOString()} (${ends}; lives ${(expiresAtMs - issuedAtMs) / 1000} s)`,
  ];
}

function printInspected({ header, claims, problems, grant, times }: Inspected, io: CommandIo): void {
  io.print(WARNING);
  for (const [title, object] of [
    ['header', header],
    ['claims', claims],
  ] as const) {
    io.print(title);
    for (const line of JSON.stringify(toPlain(object), undefined, 2).split('\n'))
      io.print(`  ${boundText(line, 2000)}`);
  }
  for (const line of times) io.print(line);
  for (const line of grant) io.print(`grants  ${line}`);
  for (const problem of problems) io.print(`refused ${boundText(problem, 500)}`);
  io.print(WARNING);
}

function documentOf({ header, claims, problems, grant }: Inspected): unknown {
  return {
    verified: false,
    warning: WARNING,
    header: toPlain(header),
    claims: toPlain(claims),
    grants: grant,
    problems,
  };
}
