-- KEYS[1]: a challenge; ARGV: ident, the letter of "shown". Answers its answer, once; it is gone then.
local found = redis.call('HMGET', KEYS[1], 'd', 's', 'r')
if found[1] ~= ARGV[1] or found[2] ~= ARGV[2] then return false end
redis.call('DEL', KEYS[1])
return found[3]
