/** Records cannot be archived, or an archive cannot be used, for a reason that an operator can act on. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}
