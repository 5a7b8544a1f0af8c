-- State: the window and the bucket in it that last admitted something, what it and the buckets before it admitted but for the oldest one,
-- then what each of them admitted, the newest first. A bucket's number since the epoch might pass 2^53, so the window's
-- and the bucket's in it are apart. See SlidingWindowBuckets.java.

local buckets = burst
local index = (now - now % window) / window
local elapsed = now % window * buckets
local slot = elapsed
elapsed = elapsed % window
slot = (slot - elapsed) / window

-- How many buckets ago something was admitted last. Below 0 where the clock went back.
local passed, rest, costs = buckets + 1, 0, nil
if state then
  local stored, last, sum = -1, 0, 0
  if #state == 28 + 4 * buckets then
    stored, last, sum = struct.unpack('<ddd', state)
  end
  if stored % 1 ~= 0 or stored < 0 or stored * window >= 4503599627370496 or last % 1 ~= 0 or last < 0 or last >= buckets
    or sum % 1 ~= 0 or sum < 1 or sum > 1000000000
  then
    return redis.error_reply('ERR ratelab: ' .. key .. ' holds something else than a state')
  end
  passed = (index - stored) * buckets + slot - last
  if passed <= buckets then
    index, slot, rest = stored, last, sum
    costs = string.sub(state, 25)
  end
end
reset = now
if costs then
  -- When what admitted last has left the window, in a bucket of the window's that is `index`, or later.
  reset = (slot + buckets + 1) * window
  reset = index * window + (reset + -reset % buckets) / buckets
  if passed > 0 then
    for i = buckets - passed, buckets - 1 do
      rest = rest - struct.unpack('<I4', costs, 4 * i + 1)
    end
    costs = string.rep('\0', 4 * passed) .. string.sub(costs, 1, 4 * (buckets + 1 - passed))
    slot = slot + passed
  end
else
  costs = string.rep('\0', 4 * buckets + 4)
end
local oldest = struct.unpack('<I4', costs, 4 * buckets + 1)
local newest = struct.unpack('<I4', costs)
if oldest > 1000000000 or rest < 0 or newest > rest then
  return redis.error_reply('ERR ratelab: ' .. key .. ' holds something else than a state')
end

-- A bucket that lies ahead means that the clock went back: nothing until it has caught up.
local used = permits
if passed >= 0 then
  -- ceil(oldest * (window - elapsed) / window) + rest
  local weighted, part = muldiv(oldest, window - elapsed, window)
  used = rest + weighted
  if part > 0 then
    used = used + 1
  end
end
remaining = permits - used - cost
if remaining >= 0 then
  same_reset = passed == 0
  if not same_reset then
    reset = (slot + buckets + 1) * window
    reset = index * window + (reset + -reset % buckets) / buckets
  end
  local own = slot % buckets
  next_state = struct.pack('<dddI4', index + (slot - own) / buckets, own, rest + cost, newest + cost)
    .. string.sub(costs, 5)
else
  remaining = used < permits and permits - used or 0
  -- The first bucket in which the one that goes out leaves room, and how far into it.
  local room, ahead = permits - cost - rest, 0
  while room < 0 and ahead < buckets do
    ahead = ahead + 1
    room = room + struct.unpack('<I4', costs, 4 * (buckets - ahead) + 1)
  end
  local count = struct.unpack('<I4', costs, 4 * (buckets - ahead) + 1)
  retry = (slot + ahead) * window
  if count > room then
    local weighed, _ = muldiv(room, window, count)
    retry = retry + window - weighed
  end
  retry = index * window + (retry + -retry % buckets) / buckets
end
