import { createSecureContext } from 'node:tls';
import { envoyTlsOf, proxyTlsOf } from '../../assemble/listener-tls.ts';
import { vaultProblems } from '../../assemble/vault/vault-problems.ts';
import { BundleHistory } from '../../bundle/bundle-history.ts';
import { bundleProblem } from '../../bundle/bundle-problem.ts';
import { parseJson } from '../../call/parse-json.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { boundText } from '../../kit/bound-text.ts';
import { messageOf } from '../../kit/cause.ts';
import { type Problem, ProblemsError } from '../../kit/problem.ts';
import { compilePolicies } from '../../policy/load-policies.ts';
import type { SourcePath } from '../../source/yaml-source.ts';
import { keySetUrl } from '../../stores/jwks/key-set-url.ts';
import { readKeySet, refuseUnusable } from '../../stores/jwks/read-key-set.ts';
import { readDenyList } from '../../stores/revocations/read-deny-list.ts';

/**
 * Opens what `serve` would open, without the network: policies, keys of issuers, the deny list, certificates.
 *
 * @returns what was not asked, a line each.
 * @throws ProblemsError with everything that is wrong.
 */
export async function checkFiles(loaded: LoadedConfig, catalogue: Catalogue): Promise<readonly string[]> {
  const problems: Problem[] = [];
  const attempt = async (at: SourcePath, what: string, work: () => unknown): Promise<void> => {
    try {
      await work();
    } catch (cause) {
      if (cause instanceof ProblemsError) problems.push(...cause.problems);
      else problems.push(loaded.source.problem(at, `${what} cannot be used: ${boundText(messageOf(cause), 500)}.`));
    }
  };
  await attempt(['policies'], 'the policies', () => compilePolicies(loaded.policies, catalogue, loaded.setTexts));
  await attempt(['policy_bundle'], 'the bundle', () => checkHistory(loaded));
  const unasked = await checkKeys(loaded, attempt);
  const { revocations } = loaded.config.authenticate;
  if (revocations !== undefined) {
    await attempt(['authenticate', 'revocations', 'file'], revocations.file, async () =>
      readDenyList(await loaded.readFile(revocations.file)),
    );
  }
  await checkCertificates(loaded, attempt);
  problems.push(...vaultProblems(loaded, catalogue));
  if (problems.length > 0) throw new ProblemsError(problems);
  return unasked;
}

/** Whether the bundle may follow the one that was in force last. @throws ProblemsError */
function checkHistory({ bundle, stateDir, source }: LoadedConfig): void {
  if (bundle === undefined) return;
  try {
    new BundleHistory(stateDir).check(bundle);
  } catch (cause) {
    throw new ProblemsError([bundleProblem(cause, source)]);
  }
}

type Attempt = (at: SourcePath, what: string, work: () => unknown) => Promise<void>;

/** @returns the issuers whose keys are elsewhere. */
async function checkKeys(loaded: LoadedConfig, attempt: Attempt): Promise<readonly string[]> {
  const unasked: string[] = [];
  for (const [index, { issuer, jwks, algorithms }] of loaded.config.authenticate.issuers.entries()) {
    const { file, url } = jwks;
    const at = ['authenticate', 'issuers', index, 'jwks'];
    if (file !== undefined)
      await attempt([...at, 'file'], file, async () =>
        refuseUnusable(await readKeySet(await loaded.readFile(file), parseJson, algorithms)),
      );
    if (url === undefined) continue;
    await attempt([...at, 'url'], 'the URL', () => keySetUrl(url, { allowHttp: jwks.allow_http }));
    unasked.push(`not asked: ${boundText(url, 500)} for the keys of ${boundText(issuer, 200)}`);
  }
  return unasked;
}

async function checkCertificates(loaded: LoadedConfig, attempt: Attempt): Promise<void> {
  const read = async (path: string | undefined): Promise<string | undefined> =>
    path === undefined ? undefined : Buffer.from(await loaded.readFile(path)).toString('utf8');
  const check = async (at: SourcePath, files: CertificateFiles | undefined): Promise<void> => {
    if (files === undefined) return;
    await attempt(at, 'the certificates', async () => {
      const [cert, key, ca] = [await read(files.certificate), await read(files.key), await read(files.ca)];
      const given = Object.entries({ cert, key, ca }).filter(([, text]) => text !== undefined);
      createSecureContext(Object.fromEntries(given));
    });
  };
  await attempt(['listeners'], 'the certificates', () => proxyTlsOf(loaded));
  await attempt(['listeners'], 'the certificates', () => envoyTlsOf(loaded));
  for (const [name, { upstream_tls: tls }] of Object.entries(loaded.config.servers))
    await check(['servers', name, 'upstream_tls'], tls);
}

interface CertificateFiles {
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly ca?: string | undefined;
}
