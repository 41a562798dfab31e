/** A recorder's part of the configuration, for tests: whoever depends on one of its numbers says that number again. */
export const RECORDER_CONFIG = {
  segment_bytes: 64 * 1024,
  max_queued_bytes: 1024 * 1024,
  max_argument_bytes: 4096,
  on_damage: 'refuse',
  bounded_ms: 100,
  // Longer than any disk takes: a test that is about slow ones says how long.
  max_wait_ms: 60_000,
  checkpoints: { every_ms: 1000 },
} as const;
