-- KEYS[1]: a challenge; ARGV: ident, binder, letters of the states it may come from, the new one, seconds, answer.
-- One step as in domain/challenge.py. Answers 0 no, 1 done, 2 done before by the same binder.
local found = redis.call('HMGET', KEYS[1], 'd', 's', 'b')
if found[1] ~= ARGV[1] then return 0 end
if found[3] and found[3] ~= ARGV[2] then return 0 end
if found[2] == ARGV[4] then return 2 end
if not string.find(ARGV[3], found[2], 1, true) then return 0 end
redis.call('HSET', KEYS[1], 's', ARGV[4], 'b', ARGV[2])
if ARGV[6] ~= '' then redis.call('HSET', KEYS[1], 'r', ARGV[6]) end
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 1
