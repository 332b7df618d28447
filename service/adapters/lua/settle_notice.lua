-- KEYS: notices, the mark that this one has been settled; ARGV: name, for how many seconds its name is remembered.
if redis.call('HDEL', KEYS[1], ARGV[1]) == 1 then redis.call('SET', KEYS[2], '', 'EX', ARGV[2]) end
return 1
