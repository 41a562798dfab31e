import { Script } from './script.ts';

/** What the script does with the costs it is given. */
export type TakeMode = 'take' | 'peek' | 'force';

/** Looks at the first `buckets` keys: `answer` is what to say when all have enough, `wait` and `who` what to say when not. */
export const LOOK_AT_BUCKETS = `
local now, given = nil, ARGV[2] ~= ''
if given then now = tonumber(ARGV[2])
else local t = redis.call('TIME'); now = t[1] * 1000 + math.floor(t[2] / 1000) end
local up, sp, floor, ceil, max = struct.unpack, struct.pack, math.floor, math.ceil, math.max
local rep, mode = string.rep, ARGV[1]
local wait, who, out, ttls, answer = 0, 0, {}, {}, {1}
for i = 1, buckets do
  local a, s = ARGV[2 + i], redis.call('GET', KEYS[i])
  local n = #a / 32
  local tiers, held = {up('<' .. rep('dddd', n), a)}, nil
  if s then held = {up('<d' .. rep('d', n), s)} end
  local ts = s and held[1] or now
  local w, ttl, rem, dt, behind = {}, 1, nil, max(0, now - ts), max(0, ts - now)
  for j = 1, n do
    local at = j * 4
    local P, L, cost = tiers[at - 3], tiers[at - 2], tiers[at]
    local cap, need = tiers[at - 1] * P, cost * P
    local lvl = s and held[j + 1] + L * dt or cap
    if lvl > cap then lvl = cap end
    local left = lvl - need
    if left < 0 and cost > 0 and mode ~= 'force' and wait ~= -1 then
      local d = need > cap and -1 or ceil(-left / L) + behind
      if d == -1 or d > wait then wait, who = d, i end
    end
    if left > cap then left = cap elseif left < -4503599627370496 then left = -4503599627370496 end
    local tokens, missing = left / P, (cap - left) / L
    if not rem or tokens < rem then rem = tokens end
    if missing > ttl then ttl = missing end
    w[j] = left
  end
  answer[i + 1] = floor(rem)
  out[i], ttls[i] = sp('<d' .. rep('d', n), max(ts, now), unpack(w)), ceil(ttl) + behind
end
`;

/** Writes the levels that were computed. */
export const WRITE_BUCKETS = `
for i = 1, buckets do
  if given then redis.call('SET', KEYS[i], out[i])
  else redis.call('SET', KEYS[i], out[i], 'PX', string.format('%.0f', ttls[i])) end
end
`;

/**
 * Takes from all tiers of all scopes or from none, in one step of Redis. The same arithmetic as
 * `stores/memory/token-bucket.ts`, where it is explained.
 *
 * KEYS: one for each scope. It holds `ts` and a level for each tier, as packed doubles; a key that is not there is full, and goes
 * when it would be. ARGV: mode, the time in milliseconds or '' for Redis's own, then for each scope its tiers, packed:
 * period in ms, refill, burst, cost. A cost below 0 gives back.
 *
 * Answers {1, tokens left in the emptiest tier of each scope…}, or {0, ms to wait or -1 for ever, index of the scope}. A refusal
 * and a peek write nothing: no write, no replication, no log of it.
 *
 * Time is asked once. A scope whose time is ahead (the clock stepped back, another master took over) stands still until then,
 * each by itself, so the order of scopes means nothing. A time that is given says nothing about when a key may go.
 */
export const TAKE_SCRIPT = new Script(`
local buckets = #KEYS
${LOOK_AT_BUCKETS}
if who > 0 then return {0, wait, who - 1} end
if mode == 'peek' then return answer end
${WRITE_BUCKETS}
return answer
`);
