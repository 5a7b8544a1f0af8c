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

local total, kept, first, count, oldest, before, after, newest, last = 0, 0, 0, 0, 0, 0, 0, 0, 0
-- The first record that is not in a page.
local tail_from, used = 0, 0
if state then
  local records = (#state - HEAD_BYTES) / RECORD_BYTES
  tail_from = -1
  if records % 1 == 0 and records >= 1 and records <= TAIL then
    total, kept, first, count, oldest, before, after = struct.unpack(HEAD, state)
    newest, last = struct.unpack(RECORD, state, #state - RECORD_BYTES + 1)
    tail_from = count - records
    used = (total - before) % SUMS
  end
  -- Each record that counts stands for a cost of 1 or more.
  if tail_from < 0 or tail_from % TAIL > 0 or first >= count or count - first > used or used > 1000000000 or kept * PAGE > first
    or (after - before) % SUMS > used or (total - last) % SUMS > used or newest < oldest or newest >= 4503599627370496
  then
    return redis.error_reply('ERR ratelab: ' .. key .. ' holds something else than a state')
  end
end
local gone = first < count and oldest <= now - window
local over = used + cost - permits
-- Whether a page is not as the state tells.
local lost = false

-- The pages are read only where the first record that counts does not tell enough.
if gone or over > (after - before) % SUMS then
  local pages = math.ceil(tail_from / PAGE)
  local read = {}
  local function from_page(page, at)
    read[page] = read[page] or call('HGET', key, page) or ''
    at = at % PAGE * RECORD_BYTES
    if #read[page] < at + RECORD_BYTES then
      lost = true
      return 0, 0
    end
    local time, sum = struct.unpack(RECORD, read[page], at + 1)
    lost = lost or time > newest
    return time, sum
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
    local enough = search(first, function(_, sum)
      return (sum - before) % SUMS < over
    end) - 1
    retry = record(enough) + window
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
      local page = math.floor(tail_from / PAGE)
      -- A page whose head was not stored after it has more records than those.
      local function begin(field, records)
        local text = records > 0 and call('HGET', key, field) or ''
        lost = lost or #text < records * RECORD_BYTES
        return string.sub(text, 1, records * RECORD_BYTES)
      end
      writes = {'HSET', key, page, begin(page, tail_from % PAGE) .. tail}
      if tail_from % PAGE == 0 then
        local index = 'i' .. math.floor(page / PAGE)
        writes[5], writes[6] = index, begin(index, page % PAGE) .. string.sub(tail, 1, RECORD_BYTES)
      end
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
    drop = {'HDEL', key}
    while kept < math.floor(first / PAGE) and #drop < DROPS + 2 do
      drop[#drop + 1] = kept
      kept = kept + 1
      if kept % PAGE == 0 then
        drop[#drop + 1] = 'i' .. kept / PAGE - 1
      end
    end
  end
  next_state = struct.pack(HEAD, total, kept, first, count, oldest, before, after) .. tail
else
  -- The first instant at which enough of the cost has left the window, and not before the newest admission: that one lies
  -- ahead only if the clock went back.
  remaining = newest <= now and used < permits and permits - used or 0
  reset = newest + window
  if over <= 0 or retry < newest then
    retry = newest
  end
end
if lost then
  return redis.error_reply('ERR ratelab: ' .. key .. ' holds something else than a state')
end
