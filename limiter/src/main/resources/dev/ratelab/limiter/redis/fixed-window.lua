-- State: index, used. See FixedWindow.java.

local index = (now - now % window) / window
local stored, used = index, 0
if state then
  stored = -1
  if #state == 16 then
    stored, used = struct.unpack('<dd', state)
  end
  if stored % 1 ~= 0 or stored < 0 or stored * window >= 4503599627370496 or used % 1 ~= 0 or used < 1 or used > 1000000000 then
    return redis.error_reply('ERR ratelab: ' .. key .. ' holds something else than a state')
  end
  if stored < index then
    stored, used = index, 0
  else
    same_reset = true
  end
end
reset = (stored + 1) * window
remaining = permits - used - cost
if stored ~= index then
  -- A stored window that lies ahead means that the clock went back: nothing until it has caught up.
  retry = remaining >= 0 and reset - window or reset
  remaining = 0
elseif remaining >= 0 then
  next_state = struct.pack('<dd', index, used + cost)
else
  retry = reset
  remaining = used < permits and permits - used or 0
end
