-- Decides many requests in their order, each under one or more policies: all of a request's policies admit it, or none is charged. A
-- policy in shadow neither denies nor keeps the others from being charged, and is itself charged where it admits and no other
-- denies. The algorithms' files stand where ALGORITHMS does, each in a branch.
-- KEYS     the counters, each once, all in one slot
-- ARGV[1]  the rules: for each the algorithm's number (Script.java), permits, window, and burst or buckets, four doubles
-- ARGV[2]  the rule of each counter: its place in ARGV[1] from 1 on, two bytes
-- ARGV[3]  the requests: for each its cost and how many policies it has, and for each of these twice its counter's place in KEYS from
--          1 on, and 1 more if it is in shadow; four bytes each
-- ARGV[4]  for tests only: each request's time in microseconds, doubles
-- reply    for each policy of each request the five doubles of single.lua, in one string. Where another one denies, a policy
--          that admits was not charged: its remaining and resetAfter are those without this request. A request that touches a
--          key that holds something else than its state is not decided: its policies have 2 in place of allowed
-- Everything is little-endian. BatchCall.java writes this and reads the reply.

local call, keys, pack, unpack_struct = redis.call, KEYS, struct.pack, struct.unpack
local clock = call('TIME')
local server = clock[1] * 1000000 + clock[2]
local now = server
-- As in single.lua.
local grace = 0
local times = ARGV[4]
if times then
  grace = 3600000000
end

local rules = {}
for at = 1, #ARGV[1], 32 do
  rules[#rules + 1] = {unpack_struct('<dddd', ARGV[1], at)}
end
local rule_of = {unpack_struct('<' .. string.rep('H', #keys), ARGV[2])}
for at = 1, #keys do
  rule_of[at] = rules[rule_of[at]]
end
local asked = {unpack_struct('<' .. string.rep('I', #ARGV[3] / 4), ARGV[3])}

-- A wrong type reads as missing, so what is missing is counted. '' is no algorithm's state.
local states = call('MGET', unpack(keys))
local missing = {}
for at = 1, #keys do
  if rule_of[at][1] == LOG then
    local state = redis.pcall('HGET', keys[at], 'newest')
    states[at] = type(state) == 'table' and '' or state
  end
  if not states[at] then
    missing[#missing + 1] = keys[at]
  end
end
if #missing > 0 and call('EXISTS', unpack(missing)) > 0 then
  for at = 1, #keys do
    if not states[at] and call('EXISTS', keys[at]) == 1 then
      states[at] = ''
    end
  end
end

-- What single.lua would decide. An error's table and nothing else if the state is none of the algorithm's.
local function decide(now, key, rule, state, cost)
  local algorithm, permits, window, burst = rule[1], rule[2], rule[3], rule[4]
  local remaining, reset, next_state, same_reset
  local retry, delay, writes, drop = now, 0, nil, nil
  -- ALGORITHMS
  return remaining, reset, next_state, same_reset, retry, delay, writes, drop
end

local lives, moved, drops, reply, told = {}, {}, {}, {}, 0

local function charge(at, reset, next_state, same_reset, writes, drop)
  states[at], lives[at] = next_state, reset - now
  moved[at] = moved[at] or not same_reset or times
  if writes then
    call(unpack(writes))
  end
  -- Not before the head is stored that does without them.
  drops[#drops + 1] = drop
end

-- Of one that is denied by another of its policies: remaining and resetAfter without this request.
local function uncharged(at, remaining, cost)
  -- A cost of c fits exactly when c of cost 1 do. One more than remains is denied, with the true time to the reset.
  local rule = rule_of[at]
  local reset = now
  remaining = remaining + cost
  if remaining < math.max(rule[2], rule[4]) then
    reset = select(2, decide(now, keys[at], rule, states[at], remaining + 1))
  end
  return remaining, reset and reset - now
end

-- A request of several policies, whose counters follow a place in `asked`.
local function decide_together(place, cost, policies)
  local answers, admitted, failed = {}, true, false
  for policy = 1, policies do
    local at = asked[place + policy]
    local shadow = at % 2 == 1
    at = (at - at % 2) / 2
    local answer = {decide(now, keys[at], rule_of[at], states[at], cost)}
    answer[9], answers[policy] = at, answer
    failed = failed or not answer[2]
    admitted = admitted and (answer[3] or shadow)
  end
  for policy = 1, policies do
    local remaining, reset, next_state, same_reset, retry, delay, writes, drop, at = unpack(answers[policy], 1, 9)
    told = told + 1
    if failed then
      reply[told] = pack('<ddddd', 2, 0, 0, 0, 0)
    elseif not next_state then
      reply[told] = pack('<ddddd', 0, remaining, retry - now, reset - now, 0)
    elseif admitted then
      charge(at, reset, next_state, same_reset, writes, drop)
      reply[told] = pack('<ddddd', 1, remaining, 0, reset - now, delay)
    else
      remaining, reset = uncharged(at, remaining, cost)
      reply[told] = pack('<ddddd', reset and 1 or 2, remaining, 0, reset or 0, 0)
    end
  end
end

local place, number = 1, 0
while place < #asked do
  if times then
    now, number = unpack_struct('<d', times, 8 * number + 1), number + 1
  end
  local cost, policies = asked[place], asked[place + 1]
  if policies == 1 then
    local at = asked[place + 2]
    at = (at - at % 2) / 2
    local remaining, reset, next_state, same_reset, retry, delay, writes, drop =
      decide(now, keys[at], rule_of[at], states[at], cost)
    told = told + 1
    if next_state then
      charge(at, reset, next_state, same_reset, writes, drop)
      reply[told] = pack('<ddddd', 1, remaining, 0, reset - now, delay)
    elseif reset then
      reply[told] = pack('<ddddd', 0, remaining, retry - now, reset - now, 0)
    else
      reply[told] = pack('<ddddd', 2, 0, 0, 0, 0)
    end
  else
    decide_together(place + 1, cost, policies)
  end
  place = place + 2 + policies
end

-- A SETRANGE leaves the expiry. Where that changes, one MSET for all costs half as much a key.
local set = {}
for at = 1, #keys do
  if lives[at] then
    local state = states[at]
    if rule_of[at][1] == LOG then
      call('HSET', keys[at], 'newest', state)
    elseif moved[at] then
      set[#set + 1] = keys[at]
      set[#set + 1] = state
      -- Lua hands over 8,000 values at most.
      if #set == 4000 then
        call('MSET', unpack(set))
        set = {}
      end
    else
      call('SETRANGE', keys[at], 0, state)
    end
  end
end
if #set > 0 then
  call('MSET', unpack(set))
end
-- Formatting a number costs a third of a command of Redis, so the seconds and the milliseconds that expiries share are formatted once.
local seconds, millis = {}, {}
for at in pairs(moved) do
  -- The millisecond of the server's clock, rounded up, at which a state that is over at its reset may go.
  local expiry = server + lives[at] + grace
  expiry = (expiry + -expiry % 1000) / 1000
  local rest = expiry % 1000
  local second = (expiry - rest) / 1000
  seconds[second] = seconds[second] or second .. ''
  millis[rest] = millis[rest] or string.sub(1000 + rest, 2)
  call('PEXPIREAT', keys[at], seconds[second] .. millis[rest])
end
for _, drop in ipairs(drops) do
  call(unpack(drop))
end
return table.concat(reply)
