local cost = tonumber(ARGV[1])
local time = ARGV[2] ~= '' and ARGV[2] or nil

local function decide(policy, weight)
  local at = 5 * policy - 2
  return algorithms[ARGV[at]]({KEYS[policy]}, {ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], weight, time})
end

local answers, admitted = {}, true
for policy = 1, #KEYS do
  answers[policy] = decide(policy, cost)
  admitted = admitted and (answers[policy][1] == 1 or ARGV[5 * policy + 2] == '1')
end

if admitted then
  -- No script writes where it denies, so a policy in shadow that denies is not charged.
  for _, write in ipairs(writes) do
    server.call(unpack(write))
  end
else
  for policy, answer in ipairs(answers) do
    if answer[1] == 1 then
      -- A cost of c fits exactly when c of cost 1 do. One more than remains is denied, with the true time to the reset.
      local remaining = answer[2] + cost
      local most = math.max(tonumber(ARGV[5 * policy - 1]), tonumber(ARGV[5 * policy + 1]))
      local reset = remaining < most and decide(policy, remaining + 1)[4] or 0
      answers[policy] = {1, remaining, 0, reset, 0}
    end
  end
end

local reply = {}
for _, answer in ipairs(answers) do
  for _, number in ipairs(answer) do
    reply[#reply + 1] = number
  end
end
return reply
