-- KEYS[1]: a counter; ARGV[1]: its life in seconds, from the first charge on.
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count
