import { type Claim, megabytes } from './claim.ts';
import { type Flood, SESSIONS_EACH } from './initialize-flood.ts';

/** Calls that may be on their way when a caller reaches its limit: each connection has one. */
const IN_FLIGHT = 16;

/** What a guard promises under a flood of `initialize`, held against one. */
export function floodClaims(flood: Flood, maxGrowth: number): Claim[] {
  const { callers, requests, opened, tooMany, otherwise, reached, before, after } = flood;
  const mostOpened = Math.min(requests, callers * SESSIONS_EACH);
  const grown = after.rss - before.rss;
  return [
    {
      text: 'gives each caller at most its number of sessions and refuses the rest with session.too-many',
      holds: opened <= mostOpened && opened + tooMany === requests && otherwise.length === 0,
      found: `${opened} opened, ${tooMany} refused${otherwise.map((text) => `, ${text}`).join('')}`,
    },
    {
      text: 'asks the tool server for no more than those',
      holds: reached <= mostOpened + 2 * IN_FLIGHT * Math.ceil(tooMany / Math.max(1, requests)),
      found: `${reached} requests`,
    },
    {
      text: `grows by at most ${megabytes(maxGrowth)}`,
      holds: grown <= maxGrowth,
      found: `${megabytes(grown)} resident, ${megabytes(after.heapUsed - before.heapUsed)} of it heap`,
    },
  ];
}
