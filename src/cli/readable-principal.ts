/** A principal for a person: `issuer subject …` of one that was known by a token, any other as it is. */
export function readablePrincipal(principal: string): string {
  if (!principal.startsWith('[')) return principal;
  try {
    const parts: unknown = JSON.parse(principal);
    return Array.isArray(parts) ? parts.filter((part) => typeof part === 'string').join(' ') : principal;
  } catch {
    return principal;
  }
}
