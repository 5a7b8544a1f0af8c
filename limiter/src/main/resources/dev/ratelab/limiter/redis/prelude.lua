-- Comes before every script of this folder, in one text with one SHA.
-- KEYS[1]  the identity's only key
-- ARGV     permits, window in microseconds, burst (or the number of buckets, for the algorithm that has them), cost, and for tests
--          only the time in microseconds
-- reply    {allowed 0|1, remaining, retryAfter, resetAfter, delay}, durations in microseconds
-- All numbers are integers below 2^53, which a Lua number holds exactly; the domain is checked where a Limit is built.

local key = KEYS[1]
local permits = tonumber(ARGV[1])
local window = tonumber(ARGV[2])
local burst = tonumber(ARGV[3])
local cost = tonumber(ARGV[4])

local clock = redis.call('TIME')
local server = clock[1] * 1000000 + clock[2]
local now = tonumber(ARGV[5] or server)
-- Redis expires keys on its own clock. With a time of the caller's, an hour's grace keeps the two from meeting.
local grace = ARGV[5] and 3600000000 or 0

local floor, ceil, max, min = math.floor, math.ceil, math.max, math.min

-- floor(a * b / d) and the remainder, exact although a * b may pass 2^53: long multiplication and division in base 1024.
-- Needs b and d below 2^42 and a quotient below 2^53.
local function muldiv(a, b, d)
  local product = a * b
  if product < 9007199254740992 then
    return floor(product / d), product % d
  end
  local scale = 1
  while scale * 1024 <= a do
    scale = scale * 1024
  end
  local quotient, remainder = 0, 0
  while scale >= 1 do
    local part = remainder * 1024 + floor(a / scale) % 1024 * b
    quotient = quotient * 1024 + floor(part / d)
    remainder = part % d
    scale = scale / 1024
  end
  return quotient, remainder
end

-- The two or three integers that save() stored, or nothing for a key without state.
local function restore()
  local text = redis.call('GET', key)
  if text then
    local a, b, c = string.match(text, '^(-?%d+) (-?%d+) ?(-?%d*)$')
    if not a then
      error('ratelab: ' .. key .. ' holds something else than a state')
    end
    return tonumber(a), tonumber(b), tonumber(c)
  end
end

-- The millisecond of the server's clock, rounded up, at which a state that is over at `reset` may go.
local function expiry(reset)
  return string.format('%.0f', ceil((server + (reset - now) + grace) / 1000))
end

local function save(reset, format, ...)
  redis.call('SET', key, string.format(format, ...), 'PXAT', expiry(reset))
end

local function allow(remaining, reset, delay)
  return {1, remaining, 0, reset - now, delay or 0}
end

local function deny(remaining, retry, reset)
  return {0, remaining, retry - now, reset - now, 0}
end
