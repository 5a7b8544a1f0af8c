-- What is stored of the policies.
-- KEYS[1]  the hash that holds them
-- ARGV     the fields that are wanted, of version, revision and document
-- reply    these fields, nothing for one that is missing; or an empty list if no document is stored

if redis.call('HEXISTS', KEYS[1], 'document') == 0 then
  return {}
end
local reply = {}
for i, field in ipairs(ARGV) do
  reply[i] = redis.call('HGET', KEYS[1], field) or ''
end
return reply
