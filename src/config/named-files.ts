import type { SourcePath } from '../source/yaml-source.ts';
import { entriesOf, itemsOf, member, textAt } from './member.ts';

/** A file that the configuration names, and where it does. Policies are not among them: they may be patterns. */
export interface NamedFile {
  readonly path: string;
  readonly at: SourcePath;
}

/**
 * Every file that must be there for the configuration to be used.
 *
 * @param config Checked or not: what has another shape than it should names nothing.
 */
export function namedFiles(config: unknown): readonly NamedFile[] {
  return [
    ...entriesOf(member(config, 'listeners')).flatMap(([name, listener]) =>
      present(listener, ['listeners', name], ['tls'], ['certificate', 'key', 'client_ca']),
    ),
    ...entriesOf(member(config, 'servers')).flatMap(([name, server]) => [
      ...present(server, ['servers', name], [], ['pins']),
      ...present(server, ['servers', name], ['upstream_tls'], ['ca', 'certificate', 'key']),
    ]),
    ...itemsOf(member(config, 'authenticate', 'issuers')).flatMap((issuer, index) =>
      present(issuer, ['authenticate', 'issuers', index], ['jwks'], ['file']),
    ),
    ...present(config, [], ['authenticate', 'revocations'], ['file']),
    ...present(config, [], ['audit', 'checkpoints'], ['ca']),
    ...present(config, [], ['payload_vault'], ['key']),
    ...itemsOf(member(config, 'payload_vault', 'old_keys')).flatMap((path, index) =>
      typeof path === 'string' ? [{ path, at: ['payload_vault', 'old_keys', index] }] : [],
    ),
    ...present(config, [], ['policy_bundle'], ['file', 'keys']),
    ...entriesOf(member(config, 'audit', 'ship')).flatMap(([name, sink]) =>
      present(sink, ['audit', 'ship', name], [], ['ca']),
    ),
    ...entriesOf(member(config, 'audit', 'ship')).flatMap(([name, sink]) => [
      ...present(sink, ['audit', 'ship', name], ['tls'], ['ca', 'certificate', 'key']),
      ...present(sink, ['audit', 'ship', name], ['sasl'], ['password_file']),
    ]),
    ...present(config, [], ['store'], ['password_file']),
    ...present(config, [], ['store', 'sentinel'], ['password_file']),
    ...present(config, [], ['store', 'tls'], ['ca', 'certificate', 'key']),
  ];
}

/** The files that `fields` of the object at `inner` name. */
function present(
  value: unknown,
  outer: SourcePath,
  inner: readonly string[],
  fields: readonly string[],
): readonly NamedFile[] {
  return fields.flatMap((field) => {
    const path = textAt(value, ...inner, field);
    return path === undefined ? [] : [{ path, at: [...outer, ...inner, field] }];
  });
}
