-- KEYS: notices, the mark that this one has been settled; ARGV: name, value. Answers 1 if the name was new, or is this very one's.
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then return 1 end
return redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
