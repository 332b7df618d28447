-- KEYS: record, tries. Answers how often the record has been checked, 0 where there is none.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if tonumber(redis.call('GET', KEYS[2]) or '0') > 0 then redis.call('DECR', KEYS[2]) end
return redis.call('HINCRBY', KEYS[1], 'n', 1)
