import { LOOK_AT_BUCKETS, WRITE_BUCKETS } from './take-script.ts';
import { Script } from './script.ts';

/**
 * Takes from all tiers of all limits and reserves all counts, or changes nothing, in one step of Redis. The counts are those of
 * `stores/memory/counts.ts`.
 *
 * KEYS: one for each limit, the reservation, the epoch, then one for each count. ARGV: as of the take script; then the name of the
 * reservation, how long it is held in ms, for each count packed doubles (0 concurrent or 1 budget, most, amount, ms it lasts,
 * 1 when it is a token's, when its use can have begun or -1), and last the number of limits.
 *
 * What is concurrent is a sorted set of reservations by the time when they are over. A budget is packed doubles: spent, most, until
 * when it lasts, and which life of the key it is. A reservation is: until when it is held, and the life of each budget in order.
 *
 * Answers {1, tokens left of each limit…, left of each count…}, or {0, ms to wait or -1, index of the limit},
 * {2, ms to wait or -1, index of the count}, {3, index} when there is no epoch, {4, index} when use began before it.
 */
export const RESERVE_SCRIPT = new Script(`
local buckets = tonumber(ARGV[#ARGV])
${LOOK_AT_BUCKETS}
local id, held, first = ARGV[buckets + 3], tonumber(ARGV[buckets + 4]), buckets + 2
local lives, put, hasBudget, epoch = {}, {}, false, nil
local function ms(x) return string.format('%.0f', x) end
for i = 1, #KEYS - first do
  local key = KEYS[first + i]
  local kind, most, amount, lasts, token, since = up('<dddddd', ARGV[buckets + 4 + i])
  local left
  if kind == 0 then
    left = most - amount - redis.call('ZCOUNT', key, '(' .. ms(now), '+inf')
    if left < 0 then
      local next = redis.call('ZRANGEBYSCORE', key, '(' .. ms(now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
      return {2, next[2] and ceil(tonumber(next[2]) - now) or -1, i - 1}
    end
  else
    if not hasBudget then epoch = redis.call('GET', KEYS[buckets + 2]) end
    hasBudget = true
    if not epoch then return {3, i - 1} end
    if since >= 0 and since < tonumber(epoch) then return {4, i - 1} end
    local s, spent, least, untl, life = redis.call('GET', key), 0, most, now + lasts, now
    if s then
      local a, b, c, d = up('<dddd', s)
      if c > now then
        spent, untl, life = a, c, d
        if token == 1 then
          if b < least then least = b end
          if now + lasts > untl then untl = now + lasts end
        end
      end
    end
    left = least - spent - amount
    if left < 0 then return {2, (token == 1 or amount > least) and -1 or ceil(untl - now), i - 1} end
    lives[#lives + 1] = life
    put[i] = {sp('<dddd', spent + amount, least, untl, life), untl - now}
  end
  answer[#answer + 1] = left
end
if who > 0 then return {0, wait, who - 1} end
${WRITE_BUCKETS}
for i = 1, #KEYS - first do
  local key = KEYS[first + i]
  if put[i] then
    if given then redis.call('SET', key, put[i][1]) else redis.call('SET', key, put[i][1], 'PX', ms(put[i][2])) end
  else
    redis.call('ZREMRANGEBYSCORE', key, '-inf', ms(now))
    redis.call('ZADD', key, ms(now + held), id)
    local last = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')
    if not given then redis.call('PEXPIRE', key, ms(tonumber(last[2]) - now)) end
  end
end
if hasBudget then
  local r = sp('<d' .. rep('d', #lives), now + held, unpack(lives))
  if given then redis.call('SET', KEYS[buckets + 1], r) else redis.call('SET', KEYS[buckets + 1], r, 'PX', ms(held)) end
end
return answer
`);

const CLOCK = `
local now, given = nil, ARGV[1] ~= ''
if given then now = tonumber(ARGV[1])
else local t = redis.call('TIME'); now = t[1] * 1000 + math.floor(t[2] / 1000) end
local up, sp = struct.unpack, struct.pack
local function ms(x) return string.format('%.0f', x) end
`;

/**
 * Tells what a reservation came to. KEYS: the reservation, then one for each count. ARGV: the time or '', the name of the
 * reservation, for each count packed doubles: 0 concurrent or 1 budget, what is to count more (or less) than was reserved.
 *
 * Once: the second word finds no reservation. A budget that is another one by now is left alone.
 */
export const SETTLE_SCRIPT = new Script(`
${CLOCK}
local r, lives, nth = redis.call('GET', KEYS[1]), nil, 0
if r then
  redis.call('DEL', KEYS[1])
  lives = {up('<' .. string.rep('d', #r / 8), r)}
  if lives[1] <= now then lives = nil end
end
for i = 2, #KEYS do
  local kind, more = up('<dd', ARGV[i + 1])
  if kind == 0 then redis.call('ZREM', KEYS[i], ARGV[2])
  else
    nth = nth + 1
    local s = lives and more ~= 0 and redis.call('GET', KEYS[i])
    if s then
      local spent, most, untl, life = up('<dddd', s)
      if life == lives[nth + 1] and untl > now then
        redis.call('SET', KEYS[i], sp('<dddd', math.min(4503599627370496, spent + more), most, untl, life), 'KEEPTTL')
      end
    end
  end
end
return 1
`);

/** Gives back what is concurrent. KEYS: each of that. ARGV: the time or '', the name of the reservation. */
export const VACATE_SCRIPT = new Script(`
for i = 1, #KEYS do redis.call('ZREM', KEYS[i], ARGV[2]) end
return 1
`);

/**
 * Keeps a reservation for longer, when it is not over. KEYS: the reservation, then what is concurrent. ARGV: the time or '', the
 * name of the reservation, ms from now.
 */
export const RENEW_SCRIPT = new Script(`
${CLOCK}
local untl = now + tonumber(ARGV[3])
local r = redis.call('GET', KEYS[1])
if r then
  local over = up('<d', r)
  if over > now and over < untl then
    redis.call('SET', KEYS[1], sp('<d', untl) .. string.sub(r, 9), 'KEEPTTL')
    if not given then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
  end
end
for i = 2, #KEYS do
  local over = tonumber(redis.call('ZSCORE', KEYS[i], ARGV[2]) or 0)
  if over > now and over < untl then
    redis.call('ZADD', KEYS[i], ms(untl), ARGV[2])
    local last = redis.call('ZRANGE', KEYS[i], -1, -1, 'WITHSCORES')
    if not given then redis.call('PEXPIRE', KEYS[i], ms(tonumber(last[2]) - now)) end
  end
end
return 1
`);

/**
 * Takes something off what was spent of a budget. KEYS: the budget. ARGV: the time or '', how much.
 *
 * Answers 1, or 0 when there is none.
 */
export const GRANT_SCRIPT = new Script(`
${CLOCK}
local s = redis.call('GET', KEYS[1])
if not s then return 0 end
local spent, most, untl, life = up('<dddd', s)
if untl <= now then return 0 end
local left = math.max(-4503599627370496, spent - tonumber(ARGV[2]))
redis.call('SET', KEYS[1], sp('<dddd', left, most, untl, life), 'KEEPTTL')
return 1
`);

/** Forgets a budget. KEYS: the budget. ARGV: the time or ''. Answers 1, or 0 when there was none. */
export const RESET_SCRIPT = new Script(`
${CLOCK}
local s = redis.call('GET', KEYS[1])
if not s then return 0 end
local _, _, untl = up('<dddd', s)
redis.call('DEL', KEYS[1])
return untl > now and 1 or 0
`);

/** What is known of a budget. KEYS: the budget. ARGV: the time or ''. Answers {spent, most, ms it lasts}, or {}. */
export const LOOK_SCRIPT = new Script(`
${CLOCK}
local s = redis.call('GET', KEYS[1])
if not s then return {} end
local spent, most, untl = up('<dddd', s)
if untl <= now then return {} end
return {spent, most, untl - now}
`);
