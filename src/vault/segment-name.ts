const NAME = /^payloads-(\d{15})-([0-9a-f]{32})\.vault$/;

/** The name of the segment with that id, begun at `createdMs`. Names are in the order of time. */
export function vaultSegmentName(createdMs: number, id: string): string {
  return `payloads-${String(createdMs).padStart(15, '0')}-${id}.vault`;
}

/** The id of the segment of that name; `undefined` for another file. */
export function segmentIdIn(name: string): string | undefined {
  return NAME.exec(name)?.[2];
}
