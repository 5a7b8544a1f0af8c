-- State: a hash. The log is a sequence of records: an instant that admitted something, and the cost of all admitted before it.
-- So what lies between two records is a difference, and where it passes a cost is found by a search. Sums count modulo 2^32,
-- which no limit reaches. `state`, the field 'newest', has the sum of all, the oldest page that is kept, the first record that counted
-- at the last admission, how many records there ever were, the first one's instant and sum, the sum of the one after it, and then the
-- newest records. The fields '0', '1', … are pages of those before, and 'i0', 'i1', … pages of the pages' first records.
-- See SlidingWindowLog.java.

local HEAD, HEAD_BYTES = '>I4I6I6I6I7I4I4', 37
local RECORD, RECORD_BYTES, SUMS = '>I7I4', 11, 4294967296
-- Records come to a page so many at a time: then an admission writes few bytes, and a large log has few fields.
local TAIL, PAGE = 32, 512
-- The most pages that one admission drops.
local DROPS = 16

if state and #state < HEAD_BYTES then
  return redis.error_reply('ERR ratelab: ' .. key .. ' holds something else than a state')
end
local total, kept, first, count, oldest, before, after, newest = 0, 0, 0, 0, 0, 0, 0, 0
if state then
  total, kept, first, count, oldest, before, after = struct.unpack(HEAD, state)
  newest = struct.unpack(RECORD, state, #state - RECORD_BYTES + 1)
end
local gone = first < count and oldest <= now - window
local used = first < count and (total - before) % SUMS or 0
local over = used + cost - permits

-- The pages are read only where the first record that counts does not tell enough.
if gone or over > (after - before) % SUMS then
  local tail_from = count - (#state - HEAD_BYTES) / RECORD_BYTES
  local pages = math.ceil(tail_from / PAGE)
  local read = {}
  local function from_page(page, at)
    read[page] = read[page] or call('HGET', key, page)
    return struct.unpack(RECORD, read[page], at % PAGE * RECORD_BYTES + 1)
  end

  local function record(at)
    if at >= tail_from then
      return struct.unpack(RECORD, state, HEAD_BYTES + (at - tail_from) * RECORD_BYTES + 1)
    end
    return from_page(math.floor(at / PAGE), at)
  end

  local function page_start(page)
    return from_page('i' .. math.floor(page / PAGE), page)
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
      step = math.min(step, math.ceil((high - low) / 2))
    end
    return low
  end

  -- The first record, from the given one on, that does not pass.
  local function search(from, passes)
    local page = math.floor(from / PAGE)
    local stop = (page + 1) * PAGE
    local near = bisect(from, math.min(stop, count), record, passes)
    if near < stop then
      return near
    end
    page = bisect(page + 1, pages, page_start, passes) - 1
    return bisect(math.max(near, page * PAGE), page + 1 < pages and (page + 1) * PAGE or count, record, passes)
  end

  if gone then
    first = search(first, function(time)
      return time <= now - window
    end)
    used, after = 0, total
    if first < count then
      oldest, before = record(first)
      used = (total - before) % SUMS
      if first + 1 < count then
        after = select(2, record(first + 1))
      end
    end
    over = used + cost - permits
  end
  retry = oldest + window
  if over > 0 and over > (after - before) % SUMS then
    local last = search(first, function(_, sum)
      return (sum - before) % SUMS < over
    end) - 1
    retry = record(last) + window
  end
else
  retry = oldest + window
end

if over <= 0 and newest <= now then
  remaining, reset = -over, now + window
  local tail = state and string.sub(state, HEAD_BYTES + 1) or ''
  if newest < now or count == 0 then
    if #tail == TAIL * RECORD_BYTES then
      -- A full tail moves to its page.
      local tail_from = count - TAIL
      local page, older = math.floor(tail_from / PAGE), ''
      writes = {}
      if tail_from % PAGE > 0 then
        older = call('HGET', key, page)
      else
        local index = 'i' .. math.floor(page / PAGE)
        local starts = page % PAGE > 0 and call('HGET', key, index) or ''
        writes[1] = {'HSET', key, index, starts .. string.sub(tail, 1, RECORD_BYTES)}
      end
      writes[#writes + 1] = {'HSET', key, page, older .. tail}
      tail = ''
    end
    tail = tail .. struct.pack(RECORD, now, total)
    if first == count then
      oldest, before = now, total
    end
    count = count + 1
  end
  total = (total + cost) % SUMS
  if first == count - 1 then
    after = total
  end
  if kept < math.floor(first / PAGE) then
    local drop = {'HDEL', key}
    while kept < math.floor(first / PAGE) and #drop < DROPS + 2 do
      drop[#drop + 1] = kept
      kept = kept + 1
      if kept % PAGE == 0 then
        drop[#drop + 1] = 'i' .. kept / PAGE - 1
      end
    end
    writes = writes or {}
    writes[#writes + 1] = drop
  end
  next_state = struct.pack(HEAD, total, kept, first, count, oldest, before, after) .. tail
else
  -- The first instant at which enough of the cost has left the window, and not before the newest admission: that one lies
  -- ahead only if the clock went back.
  remaining = newest <= now and permits - used or 0
  reset = newest + window
  if over <= 0 or retry < newest then
    retry = newest
  end
end
