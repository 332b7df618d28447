-- KEYS: a counter, a bucket of records; ARGV: the counter's life in seconds, from the first charge on; the record's field.
-- Answers the count, then the record, nil where absent. It is counted before anything is told.
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('HGET', KEYS[2], ARGV[2])}
