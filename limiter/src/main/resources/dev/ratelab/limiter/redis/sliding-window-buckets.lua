-- State: the window and the bucket in it that last admitted something, then what it and each of the buckets before it admitted, the
-- newest first. A bucket's number since the epoch might pass 2^53, so the window's and the bucket's in it are apart.
-- See SlidingWindowBuckets.java.

local buckets = burst
local index = floor(now / window)
local position = (now - index * window) * buckets
local slot = floor(position / window)
local elapsed = position - slot * window

local stored = {}
local text = redis.call('GET', key)
if text then
  for number in string.gmatch(text, '%d+') do
    stored[#stored + 1] = tonumber(number)
  end
  if #stored ~= buckets + 3 or string.find(text, '[^%d ]') then
    error('ratelab: ' .. key .. ' holds something else than a state')
  end
end
local passed = text and (index - stored[1]) * buckets + slot - stored[2] or buckets + 1

-- The first microsecond that is so far, in 1/buckets of one, in a bucket of the newest one's window or later.
local function first_at(bucket, since)
  return index * window + ceil((bucket * window + since) / buckets)
end

-- When what admitted last has left the window.
local reset = now
if passed <= buckets then
  index, slot = stored[1], stored[2]
  reset = first_at(slot + buckets + 1, 0)
  slot = slot + max(0, passed)
end

local costs, rest = {}, 0
for i = 0, buckets do
  local from = i - max(0, passed)
  costs[i] = from >= 0 and stored[from + 3] or 0
  rest = rest + costs[i]
end
local oldest = costs[buckets]
rest = rest - oldest

local function retry()
  local room, ahead = permits - cost - rest, 0
  while room < 0 and ahead < buckets do
    ahead = ahead + 1
    room = room + costs[buckets - ahead]
  end
  local count = costs[buckets - ahead]
  return first_at(slot + ahead, count > room and window - muldiv(room, window, count) or 0)
end

-- A stored bucket that lies ahead means that the clock went back: nothing until it has caught up.
if passed < 0 then
  return deny(0, retry(), reset)
end

-- ceil(oldest * (window - elapsed) / window) + rest
local weighted, part = muldiv(oldest, window - elapsed, window)
local used = weighted + (part > 0 and 1 or 0) + rest
if used + cost <= permits then
  reset = first_at(slot + buckets + 1, 0)
  costs[0] = costs[0] + cost
  local own = slot % buckets
  save(reset, '%.0f %.0f %s', index + (slot - own) / buckets, own, table.concat(costs, ' ', 0, buckets))
  return allow(permits - used - cost, reset)
end
return deny(max(0, permits - used), retry(), reset)
