-- State: a list: the cost of all entries, then time and cost of each instant that admitted something, oldest first. A
-- list of integers packs to a dozen bytes an entry, and both ends cost constant time. See SlidingWindowLog.java.

local PAGE = 128

local total = tonumber(redis.call('LINDEX', key, 0) or 0)
local newest = total > 0 and tonumber(redis.call('LINDEX', key, -2)) or 0

-- Walks the entries from the oldest on for as long as visit(time, cost) returns true.
local function walk(visit)
  local from = 1
  repeat
    local page = redis.call('LRANGE', key, from, from + PAGE - 1)
    for i = 1, #page, 2 do
      if not visit(tonumber(page[i]), tonumber(page[i + 1])) then
        return
      end
    end
    from = from + PAGE
  until #page < PAGE
end

local expired, expired_cost = 0, 0
if total > 0 then
  walk(function(time, entry_cost)
    if time > now - window then
      return false
    end
    expired, expired_cost = expired + 1, expired_cost + entry_cost
    return true
  end)
end
local used = total - expired_cost
local over = used + cost - permits

if over <= 0 and newest <= now then
  local reset = now + window
  if total > 0 then
    redis.call('LPOP', key, 1 + 2 * expired)
  end
  if used > 0 and newest == now then
    local last = redis.call('RPOP', key)
    redis.call('RPUSH', key, last + cost)
  else
    redis.call('RPUSH', key, string.format('%.0f', now), cost)
  end
  redis.call('LPUSH', key, used + cost)
  redis.call('PEXPIREAT', key, expiry(reset))
  return allow(permits - used - cost, reset)
end

-- The first instant at which enough of the cost has left the window, and not before the newest admission: that one lies
-- ahead only if the clock went back.
local retry = newest
if over > 0 then
  local needed, freed = expired_cost + over, 0
  walk(function(time, entry_cost)
    freed = freed + entry_cost
    retry = max(newest, time + window)
    return freed < needed
  end)
end
return deny(newest <= now and permits - used or 0, retry, newest + window)
