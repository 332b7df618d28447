-- KEYS: a case; ARGV: value, seconds. Of two cases with one reference neither is found any more: an empty value is none.
local now = redis.call('GET', KEYS[1])
local value = now and now ~= ARGV[1] and '' or ARGV[1]
redis.call('SET', KEYS[1], value, 'EX', ARGV[2])
return 1
