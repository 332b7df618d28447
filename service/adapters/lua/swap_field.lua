-- KEYS[1]: a hash; ARGV: field, value [, expected]; without it nothing is expected there. Answers 1 if it was written.
local found = redis.call('HGET', KEYS[1], ARGV[1])
if (found or nil) ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
