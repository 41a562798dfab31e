/** How every command ends. */
export const EXIT = {
  /** Done, or the answer is yes. */
  ok: 0,
  /** The answer is no: something differs, a test fails, a record is not there. */
  negative: 1,
  /** It could not be told: wrong usage, a configuration that cannot be used, a file that cannot be read. */
  unusable: 2,
} as const;
