-- KEYS: ticket, its holder's open ones, their count of the day, all of them, references of everybody's; ARGV: reference, value, most open, most new, seconds.
-- Answers 0 done (or done before: no two values are the same), 1 the reference is taken, 2 the holder has too many.
if redis.call('GET', KEYS[1]) == ARGV[2] then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 then return 1 end
if redis.call('SCARD', KEYS[2]) >= tonumber(ARGV[3]) then return 2 end
if tonumber(redis.call('GET', KEYS[3]) or '0') >= tonumber(ARGV[4]) then return 2 end
if redis.call('INCR', KEYS[3]) == 1 then redis.call('EXPIRE', KEYS[3], ARGV[5]) end
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('SADD', KEYS[4], ARGV[1])
redis.call('PERSIST', KEYS[4])
redis.call('SADD', KEYS[5], ARGV[1])
redis.call('SET', KEYS[1], ARGV[2])
return 0
