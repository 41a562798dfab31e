import type { Config } from './schema.ts';

type Listener = Config['listeners'][string];

/** The listeners that agents connect to, with their names. */
export function proxyListeners({ listeners }: Config): readonly (readonly [string, Listener & { door: 'proxy' }])[] {
  return Object.entries(listeners).flatMap(([name, listener]) =>
    listener.door === 'proxy' ? [[name, listener] as const] : [],
  );
}

/** The listeners that Envoy asks, with their names. */
export function envoyListeners({
  listeners,
}: Config): readonly (readonly [string, Listener & { door: 'ext_authz' | 'ext_proc' }])[] {
  return Object.entries(listeners).flatMap(([name, listener]) =>
    listener.door === 'ext_authz' || listener.door === 'ext_proc' ? [[name, listener] as const] : [],
  );
}

/** The listeners where callers ask about themselves, with their names. */
export function authzenListeners({
  listeners,
}: Config): readonly (readonly [string, Listener & { door: 'authzen' }])[] {
  return Object.entries(listeners).flatMap(([name, listener]) =>
    listener.door === 'authzen' ? [[name, listener] as const] : [],
  );
}
