-- KEYS[1]: a challenge; ARGV: ident, letters of the states in which nobody has agreed yet.
local found = redis.call('HMGET', KEYS[1], 'd', 's')
if found[1] == ARGV[1] and string.find(ARGV[2], found[2], 1, true) then redis.call('DEL', KEYS[1]) end
return 1
