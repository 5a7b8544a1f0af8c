-- State: the theoretical arrival time in whole microseconds, the rest in 1/permits of a microsecond. See Gcra.java.

local tat, rest = restore()
if not tat or tat < now then
  tat, rest = now, 0
end

local function reset()
  return rest > 0 and tat + 1 or tat
end

-- floor(burst - (tat - now) / T)
local function remaining()
  local ahead, part = muldiv(tat - now, permits, window)
  return max(0, burst - ahead - ceil((part + rest) / window))
end

local slack, part = muldiv(burst - cost, window, permits)
local ready = tat - slack + ceil((rest - part) / permits)
if now >= ready then
  local step, fraction = muldiv(cost, window, permits)
  rest = rest + fraction
  tat = tat + step + floor(rest / permits)
  rest = rest % permits
  save(reset(), '%.0f %.0f', tat, rest)
  return allow(remaining(), reset())
end
return deny(remaining(), ready, reset())
