-- Decides one request under several policies: all of them admit it, or none is charged. A policy in shadow neither denies nor keeps
-- the others from being charged, and is itself charged where it admits and no other denies.
-- KEYS   a counter for each policy, all in one slot
-- ARGV   cost, for tests the time in microseconds or else nothing, then for each policy its algorithm, permits, window, burst or
--        buckets, and 1 if it is in shadow or else 0
-- reply  the five integers of prelude.lua for each policy. Where another one denies, a policy that admits was not charged: its
--        remaining and resetAfter are those without this request
-- Between this file and joint-end.lua stand the scripts of the algorithms, word for word, each in a function of KEYS and ARGV
-- that sees this redis instead of the server's.

local server = redis
-- Read once, so that all policies decide at one instant.
local clock = server.call('TIME')
local writes = {}
local reads = {EXISTS = true, GET = true, HGET = true}
-- No script reads what such a command replies.
local delayed = {HDEL = true, HSET = true, PEXPIREAT = true, SET = true}

local redis = {}
function redis.call(command, key, ...)
  if command == 'TIME' then
    return clock
  end
  if reads[command] then
    return server.call(command, key, ...)
  end
  if not delayed[command] then
    error('ratelab: a joint decision cannot delay ' .. command)
  end
  writes[#writes + 1] = {command, key, ...}
end

local algorithms = {}
