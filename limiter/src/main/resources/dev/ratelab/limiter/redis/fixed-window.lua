-- State: index, used. See FixedWindow.java.

local index = floor(now / window)
local stored, used = restore()
if not stored or stored < index then
  stored, used = index, 0
end
local start = stored * window
local reset = start + window
local fits = used + cost <= permits

if fits and stored == index then
  used = used + cost
  save(reset, '%.0f %.0f', index, used)
  return allow(permits - used, reset)
end
-- A stored window that lies ahead means that the clock went back: nothing until it has caught up.
return deny(stored == index and permits - used or 0, fits and start or reset, reset)
