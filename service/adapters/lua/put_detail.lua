-- KEYS: a holder's details; ARGV: running number, value, the number whose details go for it.
-- Answers 1 if it was put, 0 where there was another one already.
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 and redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[3])
return 1
