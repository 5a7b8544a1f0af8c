-- State: a hash. The log is a sequence of records: an instant that admitted something, and the cost of all admitted before it.
-- So what lies between two records is a difference, and where it passes a cost is found by a search. Sums count modulo 2^32,
-- which no limit reaches. The field 'newest' has the sum of all, the oldest page that is kept, the first record that counted
-- at the last admission, how many records there ever were, and then the newest of them. The fields '0', '1', … are pages of
-- those before, and 'i0', 'i1', … pages of the pages' first records. See SlidingWindowLog.java.

local HEAD, HEAD_BYTES = '>I4I6I6I6', 22
local RECORD, RECORD_BYTES, SUMS = '>I7I4', 11, 4294967296
-- Records come to a page so many at a time: then an admission writes few bytes, and a large log has few fields.
local TAIL, PAGE = 32, 512
-- The most pages that one admission drops.
local DROPS = 16

local total, kept, first, count, tail = 0, 0, 0, 0, ''
local state = redis.call('HGET', key, 'newest')
if state then
  total, kept, first, count = struct.unpack(HEAD, state)
  tail = string.sub(state, HEAD_BYTES + 1)
elseif redis.call('EXISTS', key) == 1 then
  error('ratelab: ' .. key .. ' holds something else than a state')
end
local tail_from = count - #tail / RECORD_BYTES
local pages = ceil(tail_from / PAGE)

local read = {}
local function from_page(page, at)
  read[page] = read[page] or redis.call('HGET', key, page)
  return struct.unpack(RECORD, read[page], at % PAGE * RECORD_BYTES + 1)
end

local function record(at)
  if at >= tail_from then
    return struct.unpack(RECORD, tail, (at - tail_from) * RECORD_BYTES + 1)
  end
  return from_page(floor(at / PAGE), at)
end

local function page_start(page)
  return from_page('i' .. floor(page / PAGE), page)
end

-- The first in low … high - 1 that does not pass, or high. What is near costs least: the steps double before they halve.
local function bisect(low, high, get, passes)
  local step = 1
  while low < high do
    if passes(get(low + step - 1)) then
      low, step = low + step, 2 * step
    else
      high = low + step - 1
    end
    step = min(step, ceil((high - low) / 2))
  end
  return low
end

-- The first record, from the given one on, that does not pass.
local function search(from, passes)
  local page = floor(from / PAGE)
  local stop = (page + 1) * PAGE
  local near = bisect(from, min(stop, count), record, passes)
  if near < stop then
    return near
  end
  page = bisect(page + 1, pages, page_start, passes) - 1
  return bisect(max(near, page * PAGE), page + 1 < pages and (page + 1) * PAGE or count, record, passes)
end

first = search(first, function(time)
  return time <= now - window
end)
local newest, before, used = 0, total, 0
if count > 0 then
  newest = record(count - 1)
end
if first < count then
  before = select(2, record(first))
  used = (total - before) % SUMS
end
local over = used + cost - permits

-- Moves a full tail to its page.
local function move_tail()
  local page, older = floor(tail_from / PAGE), ''
  if tail_from % PAGE > 0 then
    older = redis.call('HGET', key, page)
  else
    local index = 'i' .. floor(page / PAGE)
    local starts = page % PAGE > 0 and redis.call('HGET', key, index) or ''
    redis.call('HSET', key, index, starts .. string.sub(tail, 1, RECORD_BYTES))
  end
  redis.call('HSET', key, page, older .. tail)
  tail = ''
end

local function drop_pages()
  local dropped = {}
  while kept < floor(first / PAGE) and #dropped < DROPS do
    dropped[#dropped + 1] = kept
    kept = kept + 1
    if kept % PAGE == 0 then
      dropped[#dropped + 1] = 'i' .. kept / PAGE - 1
    end
  end
  if #dropped > 0 then
    redis.call('HDEL', key, unpack(dropped))
  end
end

if over <= 0 and newest <= now then
  local reset = now + window
  if newest < now or count == 0 then
    if #tail == TAIL * RECORD_BYTES then
      move_tail()
    end
    tail = tail .. struct.pack(RECORD, now, total)
    count = count + 1
  end
  drop_pages()
  state = struct.pack(HEAD, (total + cost) % SUMS, kept, first, count)
  redis.call('HSET', key, 'newest', state .. tail)
  redis.call('PEXPIREAT', key, expiry(reset))
  return allow(permits - used - cost, reset)
end

-- The first instant at which enough of the cost has left the window, and not before the newest admission: that one lies
-- ahead only if the clock went back.
local retry = newest
if over > 0 then
  local last = search(first, function(_, sum)
    return (sum - before) % SUMS < over
  end) - 1
  retry = max(newest, record(last) + window)
end
return deny(newest <= now and permits - used or 0, retry, newest + window)
