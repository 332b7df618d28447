-- KEYS[1]: an outbox; ARGV: key, expected value [, new value; without it the key goes]. Answers 1 if the key had the expected value.
-- No two values are the same (each is sealed with a nonce of its own): where the new one lies already, this was done before.
local now = redis.call('HGET', KEYS[1], ARGV[1])
if ARGV[3] and now == ARGV[3] then return 1 end
if now ~= ARGV[2] then return 0 end
if ARGV[3] then redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) else redis.call('HDEL', KEYS[1], ARGV[1]) end
return 1
