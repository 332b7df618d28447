-- KEYS[1]: heartbeats; ARGV[1]: whose heart. Answers all of them with their counts.
redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
return redis.call('HGETALL', KEYS[1])
