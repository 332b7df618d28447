-- KEYS: a case; ARGV: value, seconds. Of two cases with one reference neither is found any more: an empty value is none.
local value = redis.call('EXISTS', KEYS[1]) == 1 and '' or ARGV[1]
redis.call('SET', KEYS[1], value, 'EX', ARGV[2])
return 1
