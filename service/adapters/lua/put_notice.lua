-- KEYS: notices, the mark that this one has been settled; ARGV: name, value. Answers 1 if the name was new.
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
return redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
