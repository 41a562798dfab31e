/** Why a file cannot be read, as the rest of a sentence that begins with its name. */
export function whyUnreadable(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'is not there.';
    case 'EISDIR':
      return 'is a directory, not a file.';
    case 'EACCES':
      return 'may not be read by this user.';
    case 'ERR_ACCESS_DENIED':
      return 'was not named when the service started, which keeps it from being read now: restart to use it.';
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return 'is not UTF-8 text.';
    default:
      return `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`;
  }
}
