-- State: whole tokens, the rest in 1/window of a token, the instant at which the bucket held them. See TokenBucket.java,
-- which holds both in one number.

local tokens, part, at = burst, 0, now
if state then
  tokens = -1
  if #state == 24 then
    tokens, part, at = struct.unpack('<ddd', state)
  end
  if tokens % 1 ~= 0 or tokens < 0 or tokens >= burst or part % 1 ~= 0 or part < 0 or part >= window
    or at % 1 ~= 0 or at < 0 or at >= 4503599627370496
  then
    return redis.error_reply('ERR ratelab: ' .. key .. ' holds something else than a state')
  end
end

-- The bucket's level now: whole tokens and the rest. Negative where the clock went back.
local level, level_part, rest = tokens, part, 0
if at < now then
  level, rest = muldiv(now - at, permits, window)
  level_part = rest + part
  level = tokens + level
  if level_part >= window then
    level, level_part = level + 1, level_part - window
  end
  if level >= burst then
    level, level_part = burst, 0
    tokens, part, at = burst, 0, now
  end
elseif at > now then
  level, rest = muldiv(at - now, permits, window)
  level_part = part - rest
  level = tokens - level
  if level_part < 0 then
    level, level_part = level - 1, level_part + window
  end
end

local micros
if level >= cost then
  tokens, part, at = level - cost, level_part, now
  remaining = tokens
  next_state = struct.pack('<ddd', tokens, part, at)
else
  remaining = level > 0 and level or 0
  -- The instant from which the bucket holds the cost.
  if cost > tokens then
    micros, rest = muldiv(cost - tokens, window, permits)
    rest = rest - part
    retry = at + micros + (rest + -rest % permits) / permits
  else
    micros, rest = muldiv(tokens - cost, window, permits)
    rest = rest + part
    retry = at - micros - (rest - rest % permits) / permits
  end
end
micros, rest = muldiv(burst - tokens, window, permits)
rest = rest - part
reset = at + micros + (rest + -rest % permits) / permits
