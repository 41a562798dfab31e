/**
 * Header fields that frame a message, name its receiver or belong to one hop. They are Envoy's: a mutation of one could let
 * bytes of one request be read as the next, so none is ever sent, and the shipped Envoy configuration forbids them once more.
 */
export const ENVOY_OWNED = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
] as const;

const OWNED: ReadonlySet<string> = new Set(ENVOY_OWNED);

/** Whether `name`, in lower case, is Envoy's. */
export function isEnvoyOwned(name: string): boolean {
  return name.startsWith(':') || OWNED.has(name);
}

/** The RE2 expression for `decoder_header_mutation_rules.disallow_expression`. */
export function envoyOwnedExpression(): string {
  return `^(:.*|${ENVOY_OWNED.join('|')})$`;
}
