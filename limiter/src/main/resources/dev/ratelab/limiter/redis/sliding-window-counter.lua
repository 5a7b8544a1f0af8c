-- State: index, current, previous. See SlidingWindowCounter.java.

local index = (now - now % window) / window
local stored, current, previous = index, 0, 0
if state then
  stored = -1
  if #state == 24 then
    stored, current, previous = struct.unpack('<ddd', state)
  end
  if stored % 1 ~= 0 or stored < 0 or stored * window >= 4503599627370496 or current % 1 ~= 0 or current < 1 or current > 1000000000
    or previous % 1 ~= 0 or previous < 0 or previous > 1000000000
  then
    return redis.error_reply('ERR ratelab: ' .. key .. ' holds something else than a state')
  end
  if stored < index - 1 then
    stored, current, previous = index, 0, 0
  elseif stored < index then
    stored, current, previous = index, 0, current
  else
    same_reset = true
  end
end
local start = stored * window

-- A stored window that lies ahead means that the clock went back: nothing until it has caught up.
local used = permits
if stored == index then
  -- ceil(previous * (window - elapsed) / window) + current
  local weighted, rest = muldiv(previous, window - (now - start), window)
  used = current + weighted
  if rest > 0 then
    used = used + 1
  end
end
remaining = permits - used - cost
if remaining >= 0 then
  reset = start + 2 * window
  next_state = struct.pack('<ddd', stored, current + cost, previous)
else
  remaining = used < permits and permits - used or 0
  reset = start + (current > 0 and 2 or 1) * window
  -- The first instant at which the window that goes out weighs no more than there is room for.
  local count, room = previous, permits - current - cost
  retry = start
  if room < 0 then
    count, room = current, permits - cost
    retry = start + window
  end
  if count > room then
    local passed, _ = muldiv(room, window, count)
    retry = retry + window - passed
  end
end
