-- KEYS: record, tries; ARGV: sealed content, handle, seconds.
redis.call('HSET', KEYS[1], 's', ARGV[1], 'h', ARGV[2], 'n', 0)
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('DEL', KEYS[2])
return 1
