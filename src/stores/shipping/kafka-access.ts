import { readFile } from 'node:fs/promises';
import { modeOpenToOthers } from '../../kit/mode-open-to-others.ts';

/** What is shown to brokers, in the words of the client. */
export interface KafkaAccess {
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
    readonly username: string;
    readonly password: string;
  };
}

/** The same as it is configured; files by absolute paths. */
export interface KafkaAccessConfig {
  readonly tls?:
    | { readonly ca?: string | undefined; readonly certificate?: string | undefined; readonly key?: string | undefined }
    | undefined;
  readonly sasl?:
    | { readonly mechanism: keyof typeof MECHANISMS; readonly username: string; readonly password_file: string }
    | undefined;
}

const MECHANISMS = { 'plain': 'PLAIN', 'scram-sha-256': 'SCRAM-SHA-256', 'scram-sha-512': 'SCRAM-SHA-512' } as const;

/**
 * Reads the files that a configuration names.
 *
 * @throws Error for one that cannot be read, and for a key or password that others can read as well.
 */
export async function readKafkaAccess({ tls, sasl }: KafkaAccessConfig): Promise<KafkaAccess> {
  return {
    ...(tls === undefined ? {} : { tls: await readTls(tls) }),
    ...(sasl === undefined
      ? {}
      : {
          sasl: {
            mechanism: MECHANISMS[sasl.mechanism],
            username: sasl.username,
            password: (await readSecret(sasl.password_file)).replace(/\r?\n$/, ''),
          },
        }),
  };
}

async function readTls({
  ca,
  certificate,
  key,
}: NonNullable<KafkaAccessConfig['tls']>): Promise<NonNullable<KafkaAccess['tls']>> {
  return {
    ...(ca === undefined ? {} : { ca: await readFile(ca, 'utf8') }),
    ...(certificate === undefined ? {} : { cert: await readFile(certificate, 'utf8') }),
    ...(key === undefined ? {} : { key: await readSecret(key) }),
  };
}

async function readSecret(path: string): Promise<string> {
  const mode = modeOpenToOthers(path);
  if (mode !== undefined) throw new Error(`${path} has mode ${mode}: others could read it. Set it to 0600.`);
  return await readFile(path, 'utf8');
}
