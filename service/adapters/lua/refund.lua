-- KEYS[1]: a counter; one charge of it is taken back, if it still runs.
local count = tonumber(redis.call('GET', KEYS[1]) or '0')
if count > 0 then redis.call('DECR', KEYS[1]) end
return count
