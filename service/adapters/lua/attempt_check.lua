-- KEYS: record, tries; ARGV[1]: seconds that a try of nothing is remembered. Answers tries, content, handle.
-- The same reads and the same two writes whether there is a record or not: the time of an answer must not tell.
local tries = redis.call('INCR', KEYS[2])
local left = redis.call('TTL', KEYS[1])
local found = redis.call('HMGET', KEYS[1], 's', 'h')
redis.call('EXPIRE', KEYS[2], left > 0 and left or ARGV[1])
return { tries, found[1], found[2] }
