-- KEYS[1]: an outbox; ARGV: key, expected value, new value. Answers 1 if the key had the expected value and has the new one now.
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
