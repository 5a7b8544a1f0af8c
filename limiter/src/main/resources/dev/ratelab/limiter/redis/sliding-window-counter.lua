-- State: index, current, previous. See SlidingWindowCounter.java.

local index = floor(now / window)
local stored, current, previous = restore()
if not stored or stored < index - 1 then
  stored, current, previous = index, 0, 0
elseif stored == index - 1 then
  stored, current, previous = index, 0, current
end
local start = stored * window
local elapsed = now - start

-- The least e >= 0 with count * (window - e) <= room * window.
local function elapsed_until(count, room)
  if count <= room then
    return 0
  end
  return window - (muldiv(room, window, count))
end

local function retry()
  local room = permits - current - cost
  if room >= 0 then
    return start + elapsed_until(previous, room)
  end
  return start + window + elapsed_until(current, permits - cost)
end

-- A stored window that lies ahead means that the clock went back: nothing until it has caught up.
if elapsed < 0 then
  return deny(0, retry(), start + (current > 0 and 2 or 1) * window)
end

-- ceil(previous * (window - elapsed) / window) + current
local weighted, rest = muldiv(previous, window - elapsed, window)
local used = weighted + (rest > 0 and 1 or 0) + current
if used + cost <= permits then
  local reset = start + 2 * window
  save(reset, '%.0f %.0f %.0f', stored, current + cost, previous)
  return allow(permits - used - cost, reset)
end
return deny(max(0, permits - used), retry(), start + (current > 0 and 2 or 1) * window)
