-- Decides one request under one policy. An algorithm's file stands where BODY does.
-- KEYS[1]  the counter
-- ARGV[1]  permits, window in microseconds, burst (or the number of buckets, for the algorithm that has them) and cost: four doubles,
--          little-endian, in one string
-- ARGV[2]  for tests only: the time in microseconds, as text
-- reply    allowed 0|1, remaining, retryAfter, resetAfter, delay (durations in microseconds): five such doubles in one string
-- All numbers are integers below 2^53, which a double holds exactly; the domain is checked where a Limit is built.
-- The code is one straight line because a closure, a table, or a conversion between numbers and text costs as much as a
-- command of Redis does. So floors and ceilings are remainders: (a - a % d) / d and (a + -a % d) / d.
--
-- What an algorithm's file is given beside these: key, now, and state, a string or false. It sets remaining, reset (an instant),
-- where it denies retry (an instant), where it admits next_state, for the leaky bucket delay, for the log
-- writes and drop (the commands that store and delete pages), and same_reset if next_state is over at the same instant as state. It
-- returns an error where the state is none of its own, be it too long, too short, or a number that it never holds. A line
-- q, r = muldiv(a, b, d) sets q to floor(a * b / d) and r to the remainder; muldiv.lua is put in its place.

local call = redis.call
local key = KEYS[1]
local permits, window, burst, cost = struct.unpack('<dddd', ARGV[1])
local clock = call('TIME')
local server = clock[1] * 1000000 + clock[2]
local now = server
-- Redis expires keys on its own clock. With a time of the caller's, an hour's grace keeps the two from meeting.
local grace = 0
if ARGV[2] then
  now, grace = ARGV[2] + 0, 3600000000
end

local state
if is_log then
  state = call('HGET', key, 'newest')
  if not state and call('EXISTS', key) == 1 then
    state = ''
  end
else
  state = call('GET', key)
end
local remaining, reset, next_state, same_reset
local retry, delay, writes, drop = now, 0, nil, nil
-- BODY
if next_state then
  if writes then
    call(unpack(writes))
  end
  -- A SET puts another value and another expiry in the place of those that are there. To change both where they are costs Redis half
  -- as much, although it is two commands; all states of an algorithm are equally long.
  if is_log then
    call('HSET', key, 'newest', next_state)
  elseif state then
    call('SETRANGE', key, 0, next_state)
  end
  if not same_reset or grace > 0 then
    -- The millisecond of the server's clock, rounded up, at which a state that is over at `reset` may go.
    local expiry = server + reset - now + grace
    expiry = string.format('%d', (expiry + -expiry % 1000) / 1000)
    if is_log or state then
      call('PEXPIREAT', key, expiry)
    else
      call('SET', key, next_state, 'PXAT', expiry)
    end
  end
  if drop then
    call(unpack(drop))
  end
  return struct.pack('<ddddd', 1, remaining, 0, reset - now, delay)
end
return struct.pack('<ddddd', 0, remaining, retry - now, reset - now, 0)
