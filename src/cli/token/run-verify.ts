import { parseJson } from '../../call/parse-json.ts';
import { REASONS } from '../../call/reason.ts';
import { isSignatureAlgorithm, type SignatureAlgorithm } from '../../capability/signature-algorithm.ts';
import type { TokenRefusal } from '../../capability/token-refusal.ts';
import type { TokenTrust, TrustedIssuer, VerifiedToken } from '../../capability/verified-token.ts';
import { verifyToken } from '../../capability/verify-token.ts';
import { boundText } from '../../kit/bound-text.ts';
import { codeOf, messageOf } from '../../kit/cause.ts';
import type { Clock } from '../../kit/clock.ts';
import { toPlain } from '../../kit/json.ts';
import { whyUnreadable } from '../../kit/why-unreadable.ts';
import { DEFAULT_PLACE, openKeySource } from '../../stores/jwks/open-key-source.ts';
import { CommandError, guarded } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { describeCapability } from './describe-capability.ts';
import { readCertificate } from './read-certificate.ts';
import { readDuration } from './read-duration.ts';
import { type ReadInput, takeToken } from './take-token.ts';

export interface VerifyOptions {
  readonly jwks: string;
  readonly issuer: string;
  readonly audience: string;
  readonly alg: readonly string[];
  readonly maxLifetime: string;
  readonly leeway: string;
  readonly ignoreStatusLists?: boolean;
  readonly cert?: string;
  readonly json?: boolean;
}

/** `token verify`: the verdict of the server's own verifier. @returns 0 good, 1 refused, 2 it could not be told. */
export async function runVerify(
  argument: string,
  options: VerifyOptions,
  io: CommandIo,
  readInput: ReadInput,
  clock: Clock,
): Promise<number> {
  return guarded(io, async () => {
    const compact = await takeToken(argument, readInput);
    const keys = { failure: '' };
    const trust = await trustFrom(options, clock, keys);
    const certificate = options.cert === undefined ? {} : { certificateSha256: await readCertificate(options.cert) };
    const token = await verifyToken(compact, trust, { resource: options.audience, ...certificate }, clock.nowMs());
    if (token.kind === 'refused' && token.code === 'token.keys-unavailable') {
      throw new CommandError(`the keys at ${options.jwks} cannot be had (${keys.failure}).`);
    }
    report(token, options, io);
    return token.kind === 'verified' ? EXIT.ok : EXIT.negative;
  });
}

async function trustFrom(options: VerifyOptions, clock: Clock, keys: { failure: string }): Promise<TokenTrust> {
  const algorithms = readAlgorithms(options.alg);
  const leewayS = Number(options.leeway);
  if (!(leewayS >= 0 && leewayS <= 5)) throw new CommandError('--leeway must be 0 to 5 seconds.');
  const place = /^https?:/.test(options.jwks) ? { url: options.jwks } : { file: options.jwks };
  const observer = { failed: (cause: unknown) => void (keys.failure = messageOf(cause)) };
  try {
    const source = await openKeySource({ ...DEFAULT_PLACE, ...place }, { parseJson, algorithms, clock, observer });
    const issuer: TrustedIssuer = {
      issuer: options.issuer,
      keys: source,
      algorithms,
      maxLifetimeS: readDuration('--max-lifetime', options.maxLifetime),
      leewayS,
      statusLists: options.ignoreStatusLists === true ? 'ignored' : 'refused',
      scopeGrants: new Map(),
    };
    return { issuers: new Map([[issuer.issuer, issuer]]), parseJson };
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    if (codeOf(cause) === undefined) throw new CommandError(`--jwks ${options.jwks}: ${messageOf(cause)}.`);
    const advice = 'It is the public key set that "sallyport keys generate" writes, or a URL.';
    throw new CommandError(`--jwks ${options.jwks} ${whyUnreadable(cause)} ${advice}`, { cause });
  }
}

function readAlgorithms(names: readonly string[]): readonly SignatureAlgorithm[] {
  const unknown = names.find((name) => !isSignatureAlgorithm(name));
  if (unknown !== undefined) throw new CommandError(`--alg ${unknown} is not a signature algorithm tokens may have.`);
  return names.filter(isSignatureAlgorithm);
}

function report(token: VerifiedToken | TokenRefusal, { json }: VerifyOptions, io: CommandIo): void {
  if (json === true) io.print(JSON.stringify(documentOf(token)));
  else if (token.kind === 'refused') printRefusal(token, io);
  else printToken(token, io);
}

function printRefusal({ code, detail }: TokenRefusal, io: CommandIo): void {
  io.print(`refused ${code}: ${REASONS[code].says} (${boundText(detail, 300)})`);
  io.print(`        ${REASONS[code].remedy}`);
}

function printToken({ subject, issuer, expiresAtMs, tokenId, capability }: VerifiedToken, io: CommandIo): void {
  io.print(`good    ${boundText(subject, 200)}, says ${boundText(issuer, 200)}`);
  io.print(`expires ${new Date(expiresAtMs).toISOString()}, jti ${boundText(tokenId, 200)}`);
  for (const line of describeCapability(capability)) io.print(`grants  ${line}`);
}

function documentOf(token: VerifiedToken | TokenRefusal): unknown {
  if (token.kind === 'refused') {
    const { code, detail } = token;
    return { verified: false, reason: code, detail, says: REASONS[code].says, remedy: REASONS[code].remedy };
  }
  return { verified: true, claims: toPlain(token.claims), grants: describeCapability(token.capability) };
}
