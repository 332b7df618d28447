-- KEYS[1]: a challenge's place; ARGV: ident, box, seconds. Answers 1 where nothing lay there before, or this very one.
if redis.call('HGET', KEYS[1], 'd') == ARGV[1] then return 1 end
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 's', 'o', 'd', ARGV[1], 'q', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
