import type { Config } from './schema.ts';

type Listener = Config['listeners'][string];

/** The listeners that agents connect to, with their names. */
export function proxyListeners({ listeners }: Config): readonly (readonly [string, Listener & { door: 'proxy' }])[] {
  return Object.entries(listeners).flatMap(([name, listener]) =>
    listener.door === 'proxy' ? [[name, listener] as const] : [],
  );
}

/** The listeners that Envoy asks, with their names. */
export function extAuthzListeners({
  listeners,
}: Config): readonly (readonly [string, Listener & { door: 'ext_authz' }])[] {
  return Object.entries(listeners).flatMap(([name, listener]) =>
    listener.door === 'ext_authz' ? [[name, listener] as const] : [],
  );
}
