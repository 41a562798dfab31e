import type { SourcePath } from '../source/yaml-source.ts';
import { proxyListeners } from './listeners-of.ts';
import type { Config } from './schema.ts';

/** A file that the configuration names, and where it does. Policies are not among them: they may be patterns. */
export interface NamedFile {
  readonly path: string;
  readonly at: SourcePath;
}

/** Every file that must be there for the configuration to be used. */
export function namedFiles(config: Config): readonly NamedFile[] {
  const { servers, authenticate } = config;
  return [
    ...proxyListeners(config).flatMap(([name, { tls }]) =>
      present(['listeners', name, 'tls'], {
        certificate: tls?.certificate,
        key: tls?.key,
        client_ca: tls?.client_ca,
      }),
    ),
    ...Object.entries(servers).flatMap(([name, { pins, upstream_tls: tls }]) => [
      ...present(['servers', name], { pins }),
      ...present(['servers', name, 'upstream_tls'], { ca: tls?.ca, certificate: tls?.certificate, key: tls?.key }),
    ]),
    ...authenticate.issuers.flatMap(({ jwks }, index) =>
      present(['authenticate', 'issuers', index, 'jwks'], { file: jwks.file }),
    ),
    ...present(['authenticate', 'revocations'], { file: authenticate.revocations?.file }),
  ];
}

function present(at: SourcePath, fields: Readonly<Record<string, string | undefined>>): NamedFile[] {
  return Object.entries(fields).flatMap(([field, path]) => (path === undefined ? [] : [{ path, at: [...at, field] }]));
}
