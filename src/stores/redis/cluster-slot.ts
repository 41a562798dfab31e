const SLOTS = 16_384;
/** CRC-16/XMODEM. */
const POLYNOMIAL = 0x1021;

/** The slot of Redis Cluster in which keys with this hash tag lie: CRC-16/XMODEM of its bytes (Redis Cluster specification). */
export function clusterSlotOf(tag: string): number {
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ POLYNOMIAL;
    crc &= 0xffff;
  }
  return crc % SLOTS;
}

/** For each slot a hash tag that lies in it, by the number of the slot. Takes some 20 ms. */
export function tagOfEachSlot(): readonly string[] {
  const tags = new Map<number, string>();
  for (let next = 0; tags.size < SLOTS; next += 1) {
    const tag = next.toString(36);
    const slot = clusterSlotOf(tag);
    if (!tags.has(slot)) tags.set(slot, tag);
  }
  return Array.from({ length: SLOTS }, (_, slot) => tags.get(slot) ?? '');
}
