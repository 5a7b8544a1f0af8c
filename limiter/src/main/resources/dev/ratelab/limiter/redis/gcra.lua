-- State: the theoretical arrival time in whole microseconds, the rest in 1/permits of a microsecond. See Gcra.java.
-- leaky-bucket.lua stands where DELAY does, in the leaky bucket's script.

local tat, rest = now, 0
if state then
  tat = -1
  if #state == 16 then
    tat, rest = struct.unpack('<dd', state)
  end
  if tat % 1 ~= 0 or tat < 0 or tat >= 9007199254740992 or rest % 1 ~= 0 or rest < 0 or rest >= permits then
    return redis.error_reply('ERR ratelab: ' .. key .. ' holds something else than a state')
  end
  if tat < now then
    tat, rest = now, 0
  end
end

local slack, part = muldiv(burst - cost, window, permits)
part = rest - part
retry = tat - slack + (part + -part % permits) / permits
if now >= retry then
  -- DELAY
  local step, fraction = muldiv(cost, window, permits)
  tat, rest = tat + step, rest + fraction
  if rest >= permits then
    tat, rest = tat + 1, rest - permits
  end
  next_state = struct.pack('<dd', tat, rest)
end
reset = tat
if rest > 0 then
  reset = tat + 1
end

-- floor(burst - (tat - now) / T)
local ahead, over = muldiv(tat - now, permits, window)
over = over + rest
remaining = burst - ahead - (over + -over % window) / window
if remaining < 0 then
  remaining = 0
end
