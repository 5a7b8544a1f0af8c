-- Stores other policies, if those that the caller has seen are still the ones that are stored.
-- KEYS[1]  the hash that holds them
-- ARGV     the new version, revision and document, and the version and revision that must be stored, or no more if nothing must be
-- reply    {1} if they are stored now, or {0}

local version, revision = nil, nil
if redis.call('HEXISTS', KEYS[1], 'document') == 1 then
  version = redis.call('HGET', KEYS[1], 'version') or ''
  revision = redis.call('HGET', KEYS[1], 'revision') or ''
end
if version ~= ARGV[4] or revision ~= ARGV[5] then
  return {0}
end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'revision', ARGV[2], 'document', ARGV[3])
return {1}
