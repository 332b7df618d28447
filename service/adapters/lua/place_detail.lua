-- KEYS: a holder's details; ARGV: running number, value. Nothing comes back that was dropped.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return 1
