-- State: whole tokens, the rest in 1/window of a token, the instant at which the bucket held them. See TokenBucket.java,
-- which holds both in one number.

local tokens, part, at = restore()

-- The instant from which the bucket holds so many tokens.
local function ready_at(wanted)
  if wanted > tokens then
    local micros, rest = muldiv(wanted - tokens, window, permits)
    return at + micros + ceil((rest - part) / permits)
  end
  local micros, rest = muldiv(tokens - wanted, window, permits)
  return at - micros - floor((rest + part) / permits)
end

if not tokens or now >= ready_at(burst) then
  tokens, part, at = burst, 0, now
end

-- The bucket's level now: whole tokens and the rest. Negative where the clock went back.
local function level()
  if now >= at then
    local gained, rest = muldiv(now - at, permits, window)
    rest = rest + part
    return tokens + gained + floor(rest / window), rest % window
  end
  local lost, rest = muldiv(at - now, permits, window)
  rest = part - rest
  return tokens - lost + floor(rest / window), rest % window
end

local ready = ready_at(cost)
if now >= ready then
  tokens, part = level()
  tokens, at = tokens - cost, now
  local reset = ready_at(burst)
  save(reset, '%.0f %.0f %.0f', tokens, part, at)
  return allow(tokens, reset)
end
local remaining = level()
return deny(max(0, remaining), ready, ready_at(burst))
