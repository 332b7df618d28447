-- KEYS[1]: an outbox; ARGV: key, value. Answers 1 if the key was there and has the value now.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
