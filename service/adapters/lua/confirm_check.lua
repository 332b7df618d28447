-- KEYS[1]: a record. Answers how often it has been checked, 0 where there is none.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
return redis.call('HINCRBY', KEYS[1], 'n', 1)
