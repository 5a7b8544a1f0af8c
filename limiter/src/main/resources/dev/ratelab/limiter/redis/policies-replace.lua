-- Stores other policies, if those that the caller has seen are still the ones that are stored.
-- KEYS[1]  the hash that holds them
-- ARGV     the new version, the new document, and the version that must be stored, or no third if nothing must be
-- reply    {1} if they are stored now, or {0}

local stored = nil
if redis.call('HEXISTS', KEYS[1], 'document') == 1 then
  stored = redis.call('HGET', KEYS[1], 'version') or ''
end
if stored ~= ARGV[3] then
  return {0}
end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'document', ARGV[2])
return {1}
