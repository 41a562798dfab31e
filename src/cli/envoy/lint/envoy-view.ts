import type { Place } from './place.ts';

/** A filter of a connection manager, out of its wrappings. */
export interface HttpFilter {
  /** The entry of `http_filters`. */
  readonly entry: Place;
  readonly name: string;
  /** The last part of its type, such as `ExtAuthz`. */
  readonly type: string;
  readonly config: Place;
  /** The matcher around it, where there is one. */
  readonly matcher: Place | undefined;
}

/** An HTTP connection manager and what it belongs to. */
export interface Manager {
  readonly config: Place;
  /** Those that it serves; several where they share it by an alias. */
  readonly listeners: readonly Place[];
  readonly filters: readonly HttpFilter[];
}

/** What the checks look at. */
export interface EnvoyView {
  readonly root: Place;
  readonly listeners: readonly Place[];
  readonly clusters: readonly Place[];
  /** Each once, however many listeners it serves. */
  readonly managers: readonly Manager[];
}

export function viewOf(root: Place): EnvoyView {
  const listeners = root.at('static_resources', 'listeners').items();
  const found = listeners.flatMap((listener) => managersIn(listener).map((config) => ({ config, listener })));
  const managers = found
    .filter(({ config }, index) => found.findIndex((other) => other.config.isSame(config)) === index)
    .map(({ config }) => ({
      config,
      listeners: found.filter((other) => other.config.isSame(config)).map(({ listener }) => listener),
      filters: config.at('http_filters').items().map(httpFilter),
    }));
  return { root, listeners, clusters: root.at('static_resources', 'clusters').items(), managers };
}

/** The chains of a listener. */
export function chainsOf(listener: Place): readonly Place[] {
  const fallback = listener.at('default_filter_chain');
  return [...listener.at('filter_chains').items(), ...(fallback.exists ? [fallback] : [])];
}

function managersIn(listener: Place): readonly Place[] {
  const api = listener.at('api_listener', 'api_listener');
  const filters = chainsOf(listener).flatMap((chain) => chain.at('filters').items());
  const configs = [...filters.map((filter) => typed(filter)), ...(api.exists ? [api] : [])];
  return configs.filter((config) => typeOf(config) === 'HttpConnectionManager').map(inner);
}

/** The configuration in `typed_config`. */
export function typed(entry: Place): Place {
  return entry.at('typed_config');
}

/** A struct that says of which type it is. */
const STRUCT = /(?:^|[./])TypedStruct$/;

/** The last part of a configuration's type. */
export function typeOf(config: Place): string {
  const url = config.at('@type').text ?? '';
  return lastOf(STRUCT.test(url) ? (config.at('type_url').text ?? '') : url);
}

/** The fields of a configuration, also where it is a typed struct. */
export function inner(config: Place): Place {
  return STRUCT.test(config.at('@type').text ?? '') ? config.at('value') : config;
}

function lastOf(url: string): string {
  return url.slice(Math.max(url.lastIndexOf('.'), url.lastIndexOf('/')) + 1);
}

function httpFilter(entry: Place): HttpFilter {
  const config = typed(entry);
  const name = entry.at('name').text ?? '';
  if (typeOf(config) !== 'ExtensionWithMatcher') {
    return { entry, name, type: typeOf(config), config: inner(config), matcher: undefined };
  }
  const wrapped = typed(inner(config).at('extension_config'));
  return { entry, name, type: typeOf(wrapped), config: inner(wrapped), matcher: inner(config) };
}
