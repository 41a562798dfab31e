/**
 * Runs `turn` for each of `items`, `rounds` times. The order rotates and turns about, so that none always runs behind the same
 * neighbour.
 */
export async function inTurns<T>(items: readonly T[], rounds: number, turn: (item: T) => Promise<void>): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const begin = round % items.length;
    const order = [...items.slice(begin), ...items.slice(0, begin)];
    for (const item of round % 2 === 0 ? order : order.toReversed()) await turn(item);
  }
}
