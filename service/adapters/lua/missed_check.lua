-- KEYS: record, tries; ARGV[1]: seconds that a try of nothing is remembered. Answers the count, 0 where nothing lies.
-- The same reads and the same two writes whether there is a record or not: what waits behind it must not tell.
local tries = redis.call('INCR', KEYS[2])
local left = redis.call('TTL', KEYS[1])
redis.call('EXPIRE', KEYS[2], left > 0 and left or ARGV[1])
return left > 0 and tries or 0
